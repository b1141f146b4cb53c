"""Surveyed commits: which are known, which are to be judged anew, and what was found of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.code.claims import ClaimsAs, without_prompts
from correlator.store.code.survey_turns import mark_due
from correlator.store.tables import SurveyedLabelRow, SurveyedRow
from correlator.types import AgentWork, Author, PullRequest, Review, Surveyed

AT_ONCE = 500
LONGEST_MESSAGE = 4000
LONGEST_REASON = 1000
MOST_CLAIMS = 20
_BY_AGENTS = frozenset({Author.AI, Author.MIXED})


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


def _parts(shas: Collection[str]) -> Iterator[list[str]]:
    every = list(shas)
    yield from (every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE))
