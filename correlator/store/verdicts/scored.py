"""What people's words about suspects come to: how they judge a verdict, and which change they name.

One verdict an issue: the one that was judged, else the one in force. It counts as judged where
a label speaks of its first suspect (with all commits of its pull request), or names another.
Whoever keeps a word renews the issue's outcome, so that pages have only to count; what was said
before there were outcomes, the step ``score`` makes up for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.among import among
from correlator.store.tables import IssueRow, JudgementRow, LabelRow, ScoredRow, SuspectRow
from correlator.store.upsert import insert_into
from correlator.store.verdicts.culprit import suspicions_of
from correlator.store.verdicts.labels import all_labels
from correlator.types import Label

RIGHT, WRONG, OPEN = "right", "wrong", "open"
CHUNK = 1000


def renew(session: Session, issues: Collection[int]) -> None:
    """Keep what the words of these issues come to now."""
    session.flush()
    ids = sorted(set(issues))
    for at in range(0, len(ids), CHUNK):
        some = ids[at : at + CHUNK]
        # Whoever speaks of one of them at the same time, or gives it a verdict, waits here, and
        # then reads our word beside theirs.
        issue = col(IssueRow.id)
        locked = sa.select(issue).where(among(session, issue, some)).order_by(issue)
        known = session.execute(locked.with_for_update()).scalars().all()
        _write(session, list(_outcomes(session, known)))


def renew_known(session: Session, issue_id: int) -> None:
    """The same, if anything was ever said of this issue."""
    known = sa.select(col(ScoredRow.id)).where(col(ScoredRow.issue_id) == issue_id)
    if session.execute(known).first() is not None:
        renew(session, [issue_id])


def behind(session: Session, most: int, only: int | None = None) -> list[int]:
    """Issues (of one project, when given) of which something was said and that have no outcome
    yet."""
    known = sa.select(col(ScoredRow.issue_id))
    said = sa.union(sa.select(col(JudgementRow.issue_id)), sa.select(col(LabelRow.issue_id)))
    words = said.subquery()
    wanted = sa.select(words.c.issue_id).where(words.c.issue_id.not_in(known))
    if only is not None:
        mine = sa.select(col(IssueRow.id)).where(col(IssueRow.project_id) == only)
        wanted = wanted.where(words.c.issue_id.in_(mine))
    return list(session.execute(wanted.limit(most)).scalars())


def told_behind(session: Session, only: int | None = None) -> dict[str, Any]:
    """How many those are, as a page says it: of more than a thousand, "at least"."""
    found = len(behind(session, CHUNK, only))
    return {"count": found, "is_least": found == CHUNK}


def judged(first: set[str], labels: Sequence[Label]) -> tuple[str, str]:
    """What the labels say of the first suspect (its commits), and the source that decided."""
    for label in sorted(labels, key=lambda one: -one.strength):
        if label.is_culprit:
            return (RIGHT if label.sha in first else WRONG), label.source.value
    rejected = {label.sha: label.source.value for label in labels if not label.is_culprit}
    if first and first <= set(rejected):
        return WRONG, rejected[min(first)]
    return OPEN, ""


def _outcomes(session: Session, issues: Sequence[int]) -> Iterator[dict[str, Any]]:
    labels: defaultdict[int, list[Label]] = defaultdict(list)
    for label in all_labels(session, issues):
        labels[label.issue_id].append(label)
    under = {
        issue: max(said, key=lambda one: (one.is_culprit, one.at)).verdict_id
        for issue, said in labels.items()
    }
    firsts = _first_suspects(session, sorted(set(under.values())))
    suspicions = suspicions_of(session, among(session, col(IssueRow.id), issues))
    for issue in issues:
        verdict, found = under.get(issue), suspicions.get(issue)
        culprit = found.culprit if found else None
        outcome, source = judged(firsts.get(verdict or 0, set()), labels[issue])
        yield {
            "issue_id": issue,
            "verdict_id": verdict,
            "outcome": outcome,
            "source": source,
            "named_repo_id": culprit.repo_id if culprit else None,
            "named_sha": culprit.sha if culprit else None,
        }


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        row = insert_into(session, ScoredRow).values(rows)
        new = {name: row.excluded[name] for name in rows[0] if name != "issue_id"}
        session.execute(row.on_conflict_do_update(index_elements=["issue_id"], set_=new))


def _first_suspects(session: Session, verdicts: Sequence[int]) -> dict[int, set[str]]:
    """The commits of each one's first suspect."""
    # What came by no pull request belongs to no other suspect.
    rows = sa.select(
        *(col(SuspectRow.verdict_id), col(SuspectRow.sha), col(SuspectRow.place)),
        *(col(SuspectRow.request), col(SuspectRow.repo_id)),
    ).where(
        among(session, col(SuspectRow.verdict_id), verdicts),
        sa.or_(col(SuspectRow.place) == 1, col(SuspectRow.request).is_not(None)),
    )
    lead: dict[int, tuple[int | None, int | None]] = {}
    firsts: dict[int, set[str]] = {}
    ordered = rows.order_by(col(SuspectRow.verdict_id), col(SuspectRow.place))
    for verdict, sha, place, number, repo in session.connection().execute(ordered).all():
        if place == 1:
            lead[verdict], firsts[verdict] = (number, repo), {sha}
        elif number is not None and lead.get(verdict) == (number, repo):
            firsts[verdict].add(sha)
    return firsts
