"""What runs: beat and workers by the signs of life they leave in the database, and the inbox."""

from collections.abc import Iterator
from datetime import timedelta

from correlator.doctor import CHECKS, Finding, well, wrong
from correlator.store.intake import inbox
from correlator.store.session import reading
from correlator.store.upkeep import retention
from correlator.store.upkeep.gauges import look, troubled_repositories
from correlator.store.upkeep.timings import heartbeats
from correlator.world import World

LONGEST_SILENCE = 60.0
# It looks every five minutes, and a refit or a training may come between.
LEARNER_SILENCE = 1800.0
OLD_INBOX = timedelta(seconds=60)
RUN = "Start it: `correlator up`, or the service that runs "


@CHECKS.named("4 life")
def life(world: World) -> Iterator[Finding]:
    """Beat wakes the sweep every few seconds, and a worker does it."""
    with reading(world.engine) as session:
        beats = heartbeats(session)
    longest = max(LONGEST_SILENCE, 4 * world.settings.sweep_seconds)
    ages = {name: (world.now() - at).total_seconds() for name, at in beats.items()}
    swept, worked = ages.get("sweep"), ages.get("worker")
    if worked is None or worked > longest:
        yield wrong("worker", _silent("no worker has done anything", worked), RUN + "the worker.")
    else:
        yield well("worker", f"worked {worked:.0f} s ago")
    if swept is not None and swept <= longest:
        yield well("beat", f"swept {swept:.0f} s ago")
    elif worked is not None and worked <= longest:
        yield wrong("beat", _silent("workers live, but no sweep", swept), RUN + "beat.")
    else:
        yield wrong("beat", _silent("no sweep", swept), RUN + "the worker first, then beat.")


@CHECKS.named("4 life of the learner")
def learning(world: World) -> Iterator[Finding]:
    """Beat wakes the report every five minutes, and the learner looks whether one is due."""
    with reading(world.engine) as session:
        looked = heartbeats(session).get("report")
    if looked is None:
        return  # a new installation: it has not been five minutes
    age = (world.now() - looked).total_seconds()
    if age > LEARNER_SILENCE:
        yield wrong(
            "learner",
            _silent("reports, failure classes and training wait: nobody looked", age),
            RUN + "the learner (queue learn). If it runs, a long refit may be under way.",
        )
    else:
        yield well("learner", f"looked for reports {age:.0f} s ago")


def _silent(what: str, age: float | None) -> str:
    return f"{what}, ever" if age is None else f"{what} for {age:.0f} s"


@CHECKS.named("5 inbox")
def inbox_age(world: World) -> Iterator[Finding]:
    """What was accepted should be worked on within seconds."""
    with reading(world.engine) as session:
        waiting, oldest = inbox.waiting(session), inbox.oldest_waiting(session)
    age = world.now() - oldest if oldest else timedelta()
    said = f"{waiting} deliveries wait, the oldest for {age.total_seconds():.0f} s"
    if age > OLD_INBOX:
        yield wrong(
            "inbox",
            said,
            "If beat and worker are well, they cannot keep up: raise CORRELATOR_WORKERS, or look"
            " for a slow database. Nothing is lost meanwhile.",
        )
    else:
        yield well("inbox", said)


@CHECKS.named("6 trouble")
def trouble(world: World) -> Iterator[Finding]:
    """What somebody has to look at."""
    with reading(world.engine) as session:
        open_ = look(session, world.now()).troubles
        repositories = troubled_repositories(session)
    if open_:
        each = ", ".join(f"{number} of {name}" for name, number in sorted(open_.items()))
        yield wrong("trouble", f"open: {each}", "The page 'Trouble' says why and replays them.")
    else:
        yield well("trouble", "none is open")
    for name, problem in repositories:
        yield wrong(f"repository {name}", problem, f"Then: correlator repo fetch {name}")
    if not repositories:
        yield well("repositories", "none has a problem")


@CHECKS.named("7 budget")
def budget(world: World) -> Iterator[Finding]:
    """Whether stored events keep to what they were given."""
    allowed = world.settings.disk_budget
    with reading(world.engine) as session:
        stored = retention.stored_bytes(session)
    if allowed and stored > 1.1 * allowed:
        yield wrong(
            "disk budget",
            f"events take {stored} bytes of {allowed}",
            "Samples of issues and the last hour stay whatever the budget is: raise"
            " CORRELATOR_DISK_BUDGET or lower CORRELATOR_RETENTION_SAMPLES. Is beat alive?",
        )
    else:
        yield well("stored events", f"{stored} bytes")
