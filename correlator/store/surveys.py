"""Surveys as they are written: what is due, who holds it, commits and lines in batches.

Every function is one short piece of work: a survey of a large repository is many transactions,
so that nobody else waits for the database.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.claims import ClaimsAs, without_prompts
from correlator.store.tables import (
    RepoRow,
    SurveyedLabelRow,
    SurveyedRow,
    SurveyRow,
    SurvivingRow,
    TroubleRow,
)
from correlator.store.upsert import insert_into
from correlator.types import AgentWork, Author, LinesLeft, PullRequest, Review, Surveyed

AT_ONCE = 500
LONGEST_MESSAGE = 4000
LONGEST_REASON = 1000
MOST_CLAIMS = 20
MOST_UNREAD = 50
_BY_AGENTS = frozenset({Author.AI, Author.MIXED})


def mark_due(session: Session, repo_ids: Collection[int | None]) -> None:
    """Have these repositories surveyed (again)."""
    for repo_id in repo_ids:
        due = insert_into(session, SurveyRow).values(repo_id=repo_id, state="due")
        again = due.on_conflict_do_update(
            index_elements=["repo_id"],
            set_={"state": sa.case((col(SurveyRow.state) == "done", "due"), else_=SurveyRow.state)},
        )
        session.execute(again)


def any_due(session: Session, now: datetime) -> list[int]:
    """Repositories with a mirror whose survey is not done and in nobody's hands, at most ten;
    without those where that is trouble that waits for a person. None while one is at work: a
    survey is long, and one at a time leaves the others their workers."""
    if _any_held(session, now):
        return []
    in_trouble = select(TroubleRow.subject_id).where(
        TroubleRow.step == "survey", col(TroubleRow.resolved_at).is_(None)
    )
    wanted = (
        select(RepoRow.id)
        .outerjoin(SurveyRow, col(SurveyRow.repo_id) == col(RepoRow.id))
        .where(col(RepoRow.fetched_at).is_not(None), col(RepoRow.id).not_in(in_trouble))
        .where(sa.or_(col(SurveyRow.id).is_(None), col(SurveyRow.state) != "done"))
        .order_by(col(RepoRow.id))
        .limit(10)
    )
    return [one for one in session.exec(wanted) if one is not None]


def lease(session: Session, repo_id: int, now: datetime, seconds: float) -> SurveyRow | None:
    """Take a repository's survey; None while somebody holds this one or another."""
    if session.get(RepoRow, repo_id) is None or _any_held(session, now):
        return None
    new = insert_into(session, SurveyRow).values(repo_id=repo_id, state="due")
    session.execute(new.on_conflict_do_nothing(index_elements=["repo_id"]))
    row = session.exec(
        select(SurveyRow).where(SurveyRow.repo_id == repo_id).with_for_update()
    ).one()
    if row.leased_until is not None and row.leased_until > now:
        return None
    row.leased_until = now + timedelta(seconds=seconds)
    session.add(row)
    session.flush()
    return row


def _any_held(session: Session, now: datetime) -> bool:
    held = select(SurveyRow.id).where(col(SurveyRow.leased_until) > now).limit(1)
    return session.exec(held).first() is not None


def survey_of(session: Session, repo_id: int | None) -> SurveyRow | None:
    """How far a repository's survey is; None if it was never begun."""
    return session.exec(select(SurveyRow).where(SurveyRow.repo_id == repo_id)).first()


def record(session: Session, repo_id: int, values: Mapping[str, Any]) -> None:
    """Note how far the survey is."""
    session.execute(sa.update(SurveyRow).where(col(SurveyRow.repo_id) == repo_id).values(**values))


def known_commits(session: Session, repo_id: int) -> tuple[set[str], list[str]]:
    """All surveyed commits, and those that are stale, newest first."""
    rows = session.execute(
        sa.select(col(SurveyedRow.sha), col(SurveyedRow.is_stale))
        .where(col(SurveyedRow.repo_id) == repo_id)
        .order_by(col(SurveyedRow.committed_at).desc())
    ).all()
    return {sha for sha, _ in rows}, [sha for sha, is_stale in rows if is_stale]


def mark_stale(session: Session, repo_id: int, shas: Collection[str]) -> None:
    """What these commits were judged from has changed."""
    _mark(session, repo_id, [col(SurveyedRow.sha).in_(part) for part in _parts(shas)])


def mark_newest_stale(session: Session, repo_id: int, count: int) -> None:
    """What the newest commits were judged from may have changed: records come late."""
    newest = (
        sa.select(col(SurveyedRow.id))
        .where(col(SurveyedRow.repo_id) == repo_id)
        .order_by(col(SurveyedRow.committed_at).desc())
        .limit(count)
    )
    _mark(session, repo_id, [col(SurveyedRow.id).in_(newest)])


def mark_all_stale(session: Session, repo_id: int) -> None:
    """What every answer depends on has changed."""
    _mark(session, repo_id, [sa.true()])


def mark_reviewed(
    session: Session, repo_ids: Sequence[int], fact: PullRequest | Review | AgentWork
) -> None:
    """A forge told something of a pull request: its commits are to be surveyed again."""
    mine = [col(SurveyedRow.number) == fact.number]
    if isinstance(fact, PullRequest) and fact.merge_commits:
        mine.append(col(SurveyedRow.sha).in_(fact.merge_commits[:100]))
    for repo_id in repo_ids:
        _mark(session, repo_id, [sa.or_(*mine)])
    mark_due(session, repo_ids)


def _mark(session: Session, repo_id: int, which: Iterable[Any]) -> None:
    for one in which:
        session.execute(
            sa.update(SurveyedRow)
            .where(col(SurveyedRow.repo_id) == repo_id, one)
            .values(is_stale=True)
            .execution_options(synchronize_session=False)
        )


def forget_commits(session: Session, repo_id: int, shas: Collection[str]) -> None:
    """Drop commits that the branch no longer holds, with all that was said of them."""
    for part in _parts(shas):
        here = sa.select(col(SurveyedRow.id)).where(
            col(SurveyedRow.repo_id) == repo_id, col(SurveyedRow.sha).in_(part)
        )
        for statement in (
            sa.delete(SurveyedLabelRow).where(col(SurveyedLabelRow.surveyed_id).in_(here)),
            sa.delete(SurveyedRow).where(
                col(SurveyedRow.repo_id) == repo_id, col(SurveyedRow.sha).in_(part)
            ),
        ):
            session.execute(statement.execution_options(synchronize_session=False))


def keep_commits(
    session: Session,
    repo_id: int,
    found: Sequence[Surveyed],
    claims_as: ClaimsAs = without_prompts,
) -> None:
    """Keep what was found of these commits, in place of what was kept before."""
    shas = [one.commit.sha for one in found]
    numbers = _numbers(session, repo_id, shas)
    forget_commits(session, repo_id, shas)
    rows = [_row(repo_id, one, numbers.get(one.commit.sha)) for one in found]
    for row, one in zip(rows, found, strict=True):
        row.claims = claims_as(one.provenance.claims[:MOST_CLAIMS])
    session.add_all(rows)
    session.flush()
    labels = [
        {"repo_id": repo_id, "surveyed_id": row.id, **label}
        for row, one in zip(rows, found, strict=True)
        for label in _labels(one)
    ]
    if labels:
        session.execute(sa.insert(SurveyedLabelRow), labels)


def _numbers(session: Session, repo_id: int, shas: Collection[str]) -> dict[str, int]:
    """Pull requests known before: of an old commit alone, its merge may be out of sight."""
    found: dict[str, int] = {}
    for part in _parts(shas):
        rows = session.execute(
            sa.select(col(SurveyedRow.sha), col(SurveyedRow.number)).where(
                col(SurveyedRow.repo_id) == repo_id,
                col(SurveyedRow.sha).in_(part),
                col(SurveyedRow.number).is_not(None),
            )
        )
        found |= {sha: number for sha, number in rows if number is not None}
    return found


def _row(repo_id: int, one: Surveyed, number: int | None) -> SurveyedRow:
    commit, answer = one.commit, one.provenance
    at = commit.committed_at
    return SurveyedRow(
        repo_id=repo_id,
        sha=commit.sha,
        author_name=commit.author.name[:300],
        author_email=commit.author.email[:320],
        committer_name=commit.committer.name[:300],
        committer_email=commit.committer.email[:320],
        authored_at=commit.authored_at,
        committed_at=at,
        week=f"{at - timedelta(days=at.weekday()):%Y-%m-%d}",
        month=f"{at:%Y-%m}",
        message=commit.message[:LONGEST_MESSAGE].replace("\0", ""),
        author=answer.author.value,
        certainty=answer.certainty,
        because=answer.because[:LONGEST_REASON],
        level=one.level,
        is_derived=answer.derived,
        tools=list(answer.tools),
        models=list(answer.models),
        accountable=one.accountable[:400] if one.accountable else None,
        accountable_as=one.accountable_as,
        number=one.number if one.number is not None else number,
        review=one.review.value,
        added=sum(one.added.values()),
        changed=one.changed,
    )


def _labels(one: Surveyed) -> Iterator[dict[str, Any]]:
    by_agent = one.provenance.author in _BY_AGENTS
    for kind, values in (
        ("tool", one.provenance.tools if by_agent else ()),
        ("model", one.provenance.models if by_agent else ()),
        ("mechanism", one.mechanisms),
        ("carried", one.carried),
        ("team", one.teams),
    ):
        yield from ({"kind": kind, "value": value[:500], "depth": 0, "lines": 0}
                    for value in values)  # fmt: skip
    for directory, lines in _with_parents(one.added).items():
        depth = directory.count("/") + 1
        yield {"kind": "directory", "value": directory[:500], "depth": depth, "lines": lines}


def _with_parents(added: Mapping[str, int]) -> dict[str, int]:
    """Every folder that holds one of these, with what was added in it and below."""
    found: dict[str, int] = {}
    for directory, lines in added.items():
        parts = directory.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            found[name] = found.get(name, 0) + lines
    return found


def kept_lines(session: Session, repo_id: int) -> dict[LinesLeft, tuple[int, int]]:
    """Row and number of the lines that are kept, by what is alike in them."""
    rows = session.execute(
        sa.select(SurvivingRow.__table__).where(col(SurvivingRow.repo_id) == repo_id)  # type: ignore[attr-defined]
    )
    return {_key(row): (row.id, row.lines) for row in rows}


def change_lines(
    session: Session, repo_id: int, gone: Sequence[int], new: Sequence[tuple[LinesLeft, int]]
) -> None:
    """Drop these rows and add those."""
    if gone:
        session.execute(
            sa.delete(SurvivingRow)
            .where(col(SurvivingRow.id).in_(gone))
            .execution_options(synchronize_session=False)
        )
    if new:
        rows = [{"repo_id": repo_id, **_columns(key), "lines": lines} for key, lines in new]
        session.execute(sa.insert(SurvivingRow), rows)


def _columns(key: LinesLeft) -> dict[str, Any]:
    names = {name: _joined(getattr(key, name)) for name in ("tools", "models", "teams")}
    return {**asdict(key), "directory": key.directory[:500], **names}


def _key(row: Any) -> LinesLeft:
    return LinesLeft(
        directory=row.directory,
        sha=row.sha,
        author=row.author,
        level=row.level,
        is_derived=row.is_derived,
        tools=_split(row.tools),
        models=_split(row.models),
        teams=_split(row.teams),
    )


def _joined(names: Iterable[str]) -> str:
    """Names in lines of their own, whole ones only, as many as have room."""
    kept = ""
    for name in names:
        longer = f"{kept}\n{name}" if kept else name
        if len(longer) > 1000:
            break
        kept = longer
    return kept


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _parts(shas: Collection[str]) -> Iterator[list[str]]:
    every = list(shas)
    yield from (every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE))
