"""A week's report as it would be written now: rows and the room ``report`` together."""

from correlator.kinds.checks import advice_for
from correlator.report import WEEKS_BEFORE, Report, weeks_up_to, write_report
from correlator.store.session import reading
from correlator.store.weeks import weeks
from correlator.types import Scope, Week
from correlator.world import World


def written(world: World, scope: Scope, week: Week, plan: str) -> Report:
    """The report of a week; nothing is kept."""
    with reading(world.engine) as session:
        facts = weeks.week_facts(session, scope, weeks_up_to(week, WEEKS_BEFORE))
    return write_report(facts, plan, advice_for)
