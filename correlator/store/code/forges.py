"""Forges as rows: where pull requests are asked for, how far that has come, and when next."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import ForgeRow, ProjectRepoRow, PullRequestRow


def find_forge(session: Session, repo_id: int) -> ForgeRow | None:
    """The forge of a repository, if somebody said where it is."""
    return session.exec(select(ForgeRow).where(ForgeRow.repo_id == repo_id)).first()


def keep_forge(
    session: Session, repo_id: int, where: tuple[str, str, str], credential: str | None
) -> str | None:
    """Say where (kind, API, full name) and with which credential a forge is asked; the credential
    that this replaces. At another address everything is asked for again."""
    row = find_forge(session, repo_id) or ForgeRow(repo_id=repo_id, kind="", api="", repository="")
    if where != (row.kind, row.api, row.repository):
        row.kind, row.api, row.repository = where
        row.reached = row.etag = None
    replaced = row.credential if credential and row.credential != credential else None
    row.credential = credential or row.credential
    row.problem = row.leased_until = None
    session.add(row)
    session.flush()
    return replaced


def start_over(session: Session, repo_id: int, reached: datetime | None) -> None:
    """Let everything that changed since a time be asked for again."""
    here = sa.update(ForgeRow).where(col(ForgeRow.repo_id) == repo_id)
    session.execute(here.values(reached=reached, etag=None))


def lease(
    session: Session, repo_id: int, now: datetime, seconds: float, *, whoever_holds_it: bool
) -> ForgeRow | None:
    """Claim a forge; None if it is another's, or is to be left alone for now."""
    row = session.exec(
        select(ForgeRow).where(ForgeRow.repo_id == repo_id).with_for_update()
    ).first()
    if row is None or (row.leased_until and row.leased_until > now and not whoever_holds_it):
        return None
    row.leased_until = now + timedelta(seconds=seconds)
    session.add(row)
    session.flush()
    return row


def went_on(session: Session, forge_id: int, reached: datetime, until: datetime) -> None:
    """Note how far it has come, and hold the claim on."""
    here = sa.update(ForgeRow).where(col(ForgeRow.id) == forge_id)
    session.execute(here.values(reached=reached, leased_until=until))


def ended(
    session: Session,
    forge_id: int,
    now: datetime,
    *,
    etag: str | None = None,
    problem: str | None = None,
    wait: float = 0,
) -> None:
    """Let go: for ``wait`` seconds nobody asks again by themselves."""
    until = now + timedelta(seconds=wait) if wait else None
    said = {"problem": problem, "leased_until": until, "asked_at": now}
    said |= {"etag": etag} if etag is not None else {}
    session.execute(sa.update(ForgeRow).where(col(ForgeRow.id) == forge_id).values(**said))


def any_due(session: Session, now: datetime, interval: float) -> list[int]:
    """Repositories whose forge was not asked for ``interval`` seconds, at most ten. Only those
    with a token: without one a forge answers too few questions to be asked unasked."""
    due = select(ForgeRow.repo_id).where(
        col(ForgeRow.credential).is_not(None),
        sa.or_(
            col(ForgeRow.asked_at).is_(None),
            col(ForgeRow.asked_at) < now - timedelta(seconds=interval),
        ),
        sa.or_(col(ForgeRow.leased_until).is_(None), col(ForgeRow.leased_until) <= now),
    )
    return list(session.exec(due.order_by(col(ForgeRow.asked_at)).limit(10)))


def project_for(session: Session, repo_id: int) -> int | None:
    """The project that a repository's pull requests are kept with: the first that was linked."""
    linked = (
        select(ProjectRepoRow.project_id)
        .where(ProjectRepoRow.repo_id == repo_id)
        .order_by(col(ProjectRepoRow.id))
        .limit(1)
    )
    return session.exec(linked).first()


def brought_already(
    session: Session, project_id: int, forge: ForgeRow, numbers: Sequence[int]
) -> dict[int, datetime]:
    """When those of these pull requests changed that an API told of in full, at that time."""
    wanted = select(PullRequestRow.number, PullRequestRow.updated_at).where(
        PullRequestRow.project_id == project_id,
        PullRequestRow.forge == forge.kind,
        PullRequestRow.repository == forge.repository,
        col(PullRequestRow.number).in_(numbers),
        col(PullRequestRow.in_full).is_(True),
        col(PullRequestRow.commits).is_not(None),
    )
    return {number: at for number, at in session.exec(wanted)}
