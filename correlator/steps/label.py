"""Label: looks in the mirrors for what tells culprits though nobody says so: reverts, fixes.

Gather (rows), look (git, no transaction open), write (rows). What was found before is replaced, so
that a revert which was itself taken back labels nothing any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import select

from correlator.code.mirrors import mirror_directory
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.investigation.reverts import standing_reverts
from correlator.steps import step
from correlator.store.session import reading, transaction
from correlator.store.tables import RepoRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.store.verdicts import labels, scored
from correlator.store.verdicts.labels import Suspected
from correlator.types import Commit, HeldFix, Label, LabelSource, Next
from correlator.world import World

# A change that is taken back long after says little about the issue that once began with it.
SOON = timedelta(days=14)


@step("label")
def label(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Look for reverts of suspects in these repositories; ``ids`` empty means in all."""
    with reading(world.engine) as session:
        known = [row or 0 for row in session.exec(select(RepoRow.id))]
        fixes = labels.held_fixes(session)
    for repo_id in known:
        if not ids or repo_id in ids:
            _label(world, repo_id, fixes)
    return []


def _label(world: World, repo_id: int, fixes: Sequence[HeldFix]) -> None:
    directory = mirror_directory(world.settings.mirrors, repo_id)
    with reading(world.engine) as session:
        suspected = labels.suspected(session, repo_id)
    if not suspected or not directory.exists():
        return
    try:
        newest = Repo(directory, timeout=world.settings.git_timeout).newest()
    except Permanent as fault:
        with transaction(world.engine) as session:
            trouble = TroubleRow(
                step="label", subject_id=repo_id, reason=str(fault), at=world.now()
            )
            keep_trouble(session, trouble)
        return
    reverted = of_reverts(suspected, standing_reverts(newest))
    held = of_fixes(suspected, fixes)
    with transaction(world.engine) as session:
        resolve_trouble(session, "label", repo_id, world.now())
        spoken = labels.replace_found(session, repo_id, LabelSource.REVERT, reverted)
        spoken |= labels.replace_found(session, repo_id, LabelSource.FIX, held)
    _renew(world, sorted(spoken))


def _renew(world: World, issues: Sequence[int]) -> None:
    """What these words come to; a thousand at a time, since nobody else may speak meanwhile."""
    for at in range(0, len(issues), scored.CHUNK):
        with transaction(world.engine) as session:
            scored.renew(session, issues[at : at + scored.CHUNK])


def of_reverts(suspected: Sequence[Suspected], undone: Mapping[str, Commit]) -> list[Label]:
    """Suspects that were reverted on the default branch soon after their issue began."""
    strength, found = labels.REVERT_STRENGTH, []
    for one in suspected:
        revert = undone.get(one.sha)
        if revert and one.first_seen < revert.committed_at <= one.first_seen + SOON:
            because = f"{revert.sha[:12]} reverted it after the issue began"
            at = revert.committed_at
            found.append(_culprit(one, LabelSource.REVERT, strength, at, because))
    return found


def of_fixes(suspected: Sequence[Suspected], fixes: Sequence[HeldFix]) -> list[Label]:
    """Suspects that a fix of their issue undid, where that fix held."""
    held = {(fix.issue_id, fix.culprit): fix for fix in fixes}
    strength, found = labels.FIX_STRENGTH, []
    for one in suspected:
        if fix := held.get((one.issue_id, one.sha)):
            because = f"the fix {fix.fix[:12]} says that it undid or mended it, and held"
            found.append(_culprit(one, LabelSource.FIX, strength, fix.at, because))
    return found


def _culprit(
    one: Suspected, source: LabelSource, strength: float, at: datetime, because: str
) -> Label:
    return Label(
        issue_id=one.issue_id,
        verdict_id=one.verdict_id,
        sha=one.sha,
        is_culprit=True,
        source=source,
        strength=strength,
        at=at,
        because=because,
    )
