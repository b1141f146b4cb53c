"""Sweep: finds the work for which nobody was woken, or whose worker died."""

from correlator.classes.outline import RECIPE
from correlator.steps import MOST_IDS, step
from correlator.store.classes import failure_classes, kinds
from correlator.store.code import forges, repos, standings, survey_turns
from correlator.store.comparison import kept as comparisons
from correlator.store.deploys import rollouts
from correlator.store.intake import inbox
from correlator.store.issues import kept as issues
from correlator.store.session import reading, transaction
from correlator.store.upkeep import counts
from correlator.store.upkeep.timings import beat
from correlator.store.verdicts import scored
from correlator.types import Next
from correlator.world import World


@step("sweep")
def sweep(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """What there is to do, as wake-ups. Broker messages may be lost; rows are not."""
    now = world.now()
    with transaction(world.engine) as session:
        beat(session, "sweep", now)
    with reading(world.engine) as session:
        waiting = inbox.claimable(session, now)
        unexplained = issues.waiting_issues(session, now)
        stale = repos.any_due(session, now, world.settings.fetch_interval)
        unaccounted = standings.any_waiting(session)
        unasked = forges.any_due(session, now, world.settings.forge_interval)
        nameless = kinds.unclassified_issues(session, MOST_IDS)
        shapeless = failure_classes.unoutlined_issues(session, RECIPE, MOST_IDS)
        unsurveyed = survey_turns.any_due(session, now)
        untold = rollouts.due(session, now, MOST_IDS)
        uncompared = comparisons.waiting(session)
        unscored = scored.behind(session, 1)
        uncounted = counts.is_due(session, now)
    follow = [Next("digest")] if waiting else []
    follow += [Next("investigate")] if unexplained else []
    follow += [Next("account", tuple(unaccounted))] if unaccounted else []
    follow += [Next("classify", tuple(nameless))] if nameless else []
    follow += [Next("assign", tuple(shapeless))] if shapeless else []
    follow += [Next("pull_requests", tuple(unasked))] if unasked else []
    follow += [Next("survey", tuple(unsurveyed))] if unsurveyed else []
    follow += [Next("roll_out", tuple(untold))] if untold else []
    follow += [Next("compare", tuple(uncompared))] if uncompared else []
    follow += [Next("score")] if unscored else []
    follow += [Next("count")] if uncounted else []
    return follow + ([Next("fetch")] if stale else [])
