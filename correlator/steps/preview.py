"""Preview: writes previews of reports that somebody looks at, where a page cannot do so itself.

Claim (a lease on the row), gather (rows, one reading), write (no transaction open), keep. A preview
that is fresh is left alone, so that it does no harm to be woken for each look at a page.
"""

from dataclasses import replace

from correlator.report import Report, as_plain, week_named
from correlator.steps import step
from correlator.store.session import transaction
from correlator.store.weeks import previews
from correlator.store.weeks.previews import Asked
from correlator.types import Next
from correlator.weekly import written
from correlator.world import World


@step("preview")
def preview(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Write these previews, as far as they are due and nobody else is at it."""
    for one in ids:
        _write(world, one)
    return []


def _write(world: World, preview_id: int) -> None:
    as_of = world.now()
    with transaction(world.engine) as session:
        asked = previews.claim(session, preview_id, as_of)
    if asked is None:
        return
    try:
        plain = as_plain(as_it_stands(world, asked))
    except Exception:
        with transaction(world.engine) as session:
            previews.give_up(session, preview_id)
        raise
    with transaction(world.engine) as session:
        previews.keep(session, preview_id, plain, as_of)


def as_it_stands(world: World, asked: Asked) -> Report:
    """The report as it would be told now."""
    week = week_named(asked.week, asked.zone)
    told = written(world, asked.scope, week, asked.plan)
    return replace(told, title=f"{told.title} so far") if week.until > world.now() else told
