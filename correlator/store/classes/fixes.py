"""What mended issues of a failure class, and how many redeploy cycles that took."""

from collections import Counter
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.classes.sums import Of
from correlator.store.tables import (
    ClassMemberRow,
    CommitRow,
    EpisodeRow,
    FixAttemptRow,
    FollowedRow,
    IssueRow,
    ProjectRow,
    RepoRow,
)
from correlator.types import AttemptState

MOST = 50


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt that held: its issue, the redeploys that it took until then, and the commits that
    are said to be the fix, with their repositories."""

    issue: IssueRow
    project: ProjectRow
    attempt: FixAttemptRow
    cycles: int
    commits: tuple[tuple[CommitRow, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fixes:
    """``cycles``: mended issues by the redeploys that their fix took; ``open``: issues with a fix
    attempt and none that held; ``held``: the latest that did."""

    cycles: Counter[int] = field(default_factory=Counter)
    open: int = 0
    held: tuple[Held, ...] = ()

    @property
    def mended(self) -> int:
        """Issues with a fix that held."""
        return sum(self.cycles.values())


def fixes(session: Session, of: Of) -> Fixes:
    """What is known of the fixes of a class's issues."""
    by = (col(FollowedRow.is_open), col(FollowedRow.state), col(FollowedRow.cycles))
    wanted = of.joined(
        sa.select(*by, sa.func.count())
        .select_from(ClassMemberRow)
        .join(FollowedRow, col(FollowedRow.issue_id) == col(ClassMemberRow.issue_id))
    )
    cycles: Counter[int] = Counter()
    still = 0
    for is_open, state, took, count in session.execute(wanted.group_by(*by)):
        if state == AttemptState.HELD and not is_open:
            cycles[took] += count
        elif took:
            still += count
    return Fixes(cycles, still, _held(session, of) if cycles else ())


def _held(session: Session, of: Of) -> tuple[Held, ...]:
    episode = sa.and_(
        col(EpisodeRow.issue_id) == col(FixAttemptRow.issue_id),
        col(EpisodeRow.environment) == col(FixAttemptRow.environment),
        col(EpisodeRow.service) == col(FixAttemptRow.service),
        col(EpisodeRow.place) == col(FixAttemptRow.episode),
    )
    # The newest episode of the line that counts most, as in what was counted above.
    same = sa.and_(
        col(FollowedRow.issue_id) == col(FixAttemptRow.issue_id),
        col(FollowedRow.environment) == col(FixAttemptRow.environment),
        col(FollowedRow.service) == col(FixAttemptRow.service),
        col(FollowedRow.state) == AttemptState.HELD.value,
        col(FollowedRow.is_open).is_(False),
    )
    wanted = (
        of.joined(
            sa.select(IssueRow, ProjectRow, FixAttemptRow, col(EpisodeRow.cycles))
            .select_from(ClassMemberRow)
            .join(FixAttemptRow, col(FixAttemptRow.issue_id) == col(ClassMemberRow.issue_id))
            .join(FollowedRow, same)
            .join(EpisodeRow, episode)
        )
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(col(FixAttemptRow.state) == AttemptState.HELD.value)
        .order_by(col(FixAttemptRow.decided_at).desc(), col(FixAttemptRow.id).desc())
    )
    newest: dict[int, Held] = {}
    for issue, project, attempt, cycles in session.execute(wanted.limit(2 * MOST)):
        newest.setdefault(issue.id, Held(issue, project, attempt, cycles))
    return _with_commits(session, list(newest.values())[:MOST])


def _with_commits(session: Session, held: list[Held]) -> tuple[Held, ...]:
    shas = {one.get("sha") for each in held for one in each.attempt.fixes}
    wanted = (
        select(CommitRow, RepoRow.name)
        .join(RepoRow, col(RepoRow.id) == col(CommitRow.repo_id))
        .where(col(CommitRow.sha).in_([sha for sha in shas if sha]))
    )
    known = {commit.sha: (commit, repo) for commit, repo in session.exec(wanted)}
    return tuple(
        Held(
            each.issue,
            each.project,
            each.attempt,
            each.cycles,
            tuple(known[sha] for one in each.attempt.fixes if (sha := one.get("sha")) in known),
        )
        for each in held
    )
