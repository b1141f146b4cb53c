"""Investigate: from an issue's first sight to a verdict with evidence, or a named reason for none.

Gather (rows), look (git, no transaction open), write (rows). Verdicts are appended: each stays as
it was given, and the issue points to the one in force.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from correlator.errors import Permanent, Transient
from correlator.first_sight.deployed import Found, NotFound, find_code
from correlator.first_sight.rows import FirstSight, first_sight
from correlator.gate.together import together
from correlator.investigation import explain
from correlator.ranking import versions
from correlator.ranking.dispatch import common_functions
from correlator.request_path import cross, joined
from correlator.steps import MOST_IDS, in_few, step
from correlator.store.code.claims import claims_as
from correlator.store.issues.kept import lease_issue, release_issue
from correlator.store.session import reading, transaction
from correlator.store.tables import IssueRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.store.verdicts.kept import Basis, keep_verdict
from correlator.types import Explanation, Next, Verdict
from correlator.world import World

# Investigated in one task at most when nobody names any: then others get their turn.
AT_ONCE = 10
# An issue whose worker died this often is what kills them.
MOST_ATTEMPTS = 3


@step("investigate")
def investigate(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Give each issue that wants one a verdict; ``ids`` empty means any that waits."""
    follow: list[Next] = []
    seconds = world.settings.lease_seconds
    for _ in range(MOST_IDS if ids else AT_ONCE):
        with transaction(world.engine) as session:
            issue = lease_issue(session, world.now(), seconds, ids)
        if issue is None:
            return in_few(follow)
        follow += _investigate_one(world, issue)
    return in_few(follow) if ids else in_few([*follow, Next("investigate")])


def _investigate_one(world: World, issue: IssueRow) -> list[Next]:
    issue_id = issue.id or 0
    try:
        if issue.attempts > MOST_ATTEMPTS:
            raise Permanent(f"Whoever looked at it died or took too long, {MOST_ATTEMPTS} times.")
        with reading(world.engine) as session:
            seen = first_sight(session, issue_id)
        if seen is None:
            raise Permanent("The issue's first event is gone, so there is nothing to look at.")
        found = find_code(world, seen)
        told = _silent(found) if isinstance(found, NotFound) else _explain(world, seen, found)
        told, others = _look_across(world, seen, told)
        if not _keep(world, seen, replace(_basis(seen, found), repos=others), told):
            return []
    except Permanent as fault:
        _give_up(world, issue_id, str(fault))
        return []
    except Transient:
        _let_go(world, issue_id)
        raise
    except Exception as defect:  # noqa: BLE001 - ours, so reported; the next issue gets its turn
        world.report(defect)
        _give_up(world, issue_id, f"A defect of ours stopped it: {type(defect).__name__}.")
        return []
    shown = sorted(others.values())
    if isinstance(found, Found):
        account = Next("account", (found.place.row.id or 0, *shown))
        return [account, Next("classify", (issue_id,)), Next("follow_up", (issue_id,))]
    # A verdict that named a change gives way to one that names none: its diff is no evidence now.
    again = [Next("classify", (issue_id,))] if seen.issue.verdict_id else []
    follow = [*again, Next("follow_up", (issue_id,))]
    follow = [Next("account", tuple(shown)), *follow] if shown else follow
    return [*follow, Next("fetch", (found.stale,))] if found.stale else follow


def _keep(world: World, seen: FirstSight, basis: Basis, told: Explanation) -> bool:
    """Keep the verdict if the claim it was made under still holds; whether it did.

    It does not once another worker took the issue over (ours ran out), or gave its verdict.
    """
    now, stored = world.now(), claims_as(world.settings.keep_prompts)
    with transaction(world.engine) as session:
        issue = session.get(IssueRow, basis.issue_id, with_for_update=True)
        claim = seen.issue.leased_until
        if issue is None or not issue.wants_verdict or issue.leased_until != claim:
            return False
        keep_verdict(session, basis, told, now, stored)
        resolve_trouble(session, "investigate", basis.issue_id, now)
    return True


def _let_go(world: World, issue_id: int) -> None:
    """Nothing was kept: others may try at once, without waiting for the claim to run out."""
    with suppress(Transient), transaction(world.engine) as session:
        release_issue(session, issue_id)


def _explain(world: World, seen: FirstSight, found: Found) -> Explanation:
    using = versions.in_use(world.settings.weights)
    told = explain(
        found.repo,
        seen.event,
        deployed=found.revision.sha,
        previous=found.previous,
        roots=(found.place.root,) if any(found.place.root) else (),
        weights=using.weights,
        common=common_functions(seen.earlier),
    )
    pulls = seen.pulls.get(found.place.row.id or 0, ())
    told = together(found.repo, told, pulls, using.weights.name_from)
    return replace(told, notes=(*told.notes, using.problem)) if using.problem else told


def _look_across(
    world: World, seen: FirstSight, told: Explanation
) -> tuple[Explanation, Mapping[str, int]]:
    """The explanation with suspects of other services, and the repositories these lie in."""
    if not seen.neighbours:
        return told, {}
    weights = versions.in_use(world.settings.weights).weights
    crossed = cross(world, seen.neighbours, seen.issue, seen.event, weights.none)
    return joined(told, crossed, weights), crossed.repos


def _silent(found: NotFound) -> Explanation:
    """The verdict that abstains because there is no code to look at."""
    return Explanation(
        verdict=Verdict(
            suspects=(),
            confidence=0.0,
            abstained=found.reason,
            because=found.because,
            weights="none",
        ),
        deployed=found.revision.sha if found.revision else None,
        previous=None,
        commits_in_range=None,
        locations=(),
        snippets=(),
        commits={},
        provenance={},
    )


def _basis(seen: FirstSight, found: Found | NotFound) -> Basis:
    here = found if isinstance(found, Found) else None
    return Basis(
        issue_id=seen.issue.id or 0,
        event_id=seen.event_row_id,
        repo_id=here.place.row.id if here else None,
        release=seen.release,
        revision=found.revision,
        previous_release=here.previous_release if here else None,
    )


def _give_up(world: World, issue_id: int, reason: str) -> None:
    """No verdict can be had now: say so where somebody looks, and stop trying."""
    with transaction(world.engine) as session:
        issue = session.get_one(IssueRow, issue_id)
        issue.wants_verdict = False
        issue.leased_until = None
        issue.attempts = 0
        session.add(issue)
        trouble = TroubleRow(
            project_id=issue.project_id,
            step="investigate",
            subject_id=issue_id,
            reason=reason,
            at=world.now(),
        )
        keep_trouble(session, trouble)
