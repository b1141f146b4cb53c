"""What is sent: release names that events and deploys spell differently, clocks, loose ends."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median

from correlator.cycles.words import span
from correlator.demo.house import is_demo
from correlator.doctor import CHECKS, Finding, well, wrong
from correlator.store.session import reading
from correlator.store.upkeep import sendings
from correlator.world import World

RECENT = timedelta(days=30)
LATE = timedelta(minutes=5)
AHEAD_SHARE = 0.2
_VERSION = re.compile(r"\Av(?=\d)")
_HASH = re.compile(r"\A[0-9a-f]{7,64}\Z")


def core(release: str) -> str:
    """What is left of a release name when manners of spelling are taken off: no package before
    '@', no 'v' before a digit, no build after '+', no capitals."""
    bare = release.rpartition("@")[2].partition("+")[0].strip().lower()
    return _VERSION.sub("", bare)


def same_release(one: str, other: str) -> bool:
    """Whether two different names mean one release, as far as their spelling says."""
    first, second = core(one), core(other)
    if not first or not second:
        return False
    if _HASH.match(first) and _HASH.match(second):
        return first.startswith(second) or second.startswith(first)
    return first == second


def spelt_differently(seen: Sequence[str], deployed: Sequence[str]) -> list[tuple[str, str]]:
    """Release names of events that no deploy has, each with a deploy's name that means the same."""
    known = set(deployed)
    return [
        (name, other)
        for name in seen
        if name not in known
        for other in deployed
        if same_release(name, other)
    ]


@CHECKS.named("8 releases")
def releases(world: World) -> Iterator[Finding]:
    """A deploy marker helps only if it says the release as events do."""
    with reading(world.engine) as session:
        projects = sendings.release_names(session, world.now() - RECENT)
    for project in projects:
        about = f"releases of {project.slug}"
        pairs = spelt_differently(project.seen, project.deployed)
        if pairs:
            seen, deployed = pairs[0]
            yield wrong(
                about,
                f"events say {seen!r}, deploys say {deployed!r} ({len(pairs)} such pairs)",
                f"Give the deploy marker the name that the SDK sends: --release {seen!r}",
            )
        elif project.seen and project.deployed and not set(project.seen) & set(project.deployed):
            yield wrong(
                about,
                f"no release of events ({project.seen[0]!r}, …) is one of deploys"
                f" ({project.deployed[0]!r}, …)",
                "Give SDK and deploy marker the same release name.",
            )
        elif project.events and not project.seen:
            yield wrong(
                about,
                "events name no release",
                "Set `release` where the SDK is set up, to the version or commit that was built.",
            )
        else:
            yield well(about, f"{len(project.seen)} of events, {len(project.deployed)} of deploys")


@CHECKS.named("8 repositories")
def repositories(world: World) -> Iterator[Finding]:
    """Without its code a project's events cannot be led to a change."""
    with reading(world.engine) as session:
        lonely = sendings.projects_without_code(session)
    for slug in lonely:
        yield wrong(
            f"project {slug}",
            "has no repository",
            f"correlator repo add NAME URL-or-path --project {slug}",
        )


@CHECKS.named("9 clocks")
def clocks(world: World) -> Iterator[Finding]:
    """Events are put beside deploys by time: clocks must agree within minutes."""
    with reading(world.engine) as session:
        senders = sendings.delays(session, world.now() - RECENT)
    for slug, delays in senders.items():
        ahead = sum(1 for one in delays if one.ahead) / len(delays)
        behind = median(one.seconds for one in delays)
        about = f"clocks of {slug}"
        if ahead > AHEAD_SHARE:
            said = f"{ahead:.0%} of the newest {len(delays)} events come from the future"
            yield wrong(about, said, "Let its servers take their time from NTP.")
        elif behind > LATE.total_seconds() and is_demo(world.settings.data_dir):
            yield well(about, f"events come {span(behind)} late (median): the demo turns them back")
        elif behind > LATE.total_seconds():
            yield wrong(
                about,
                f"half of the newest {len(delays)} events come over {span(behind)} late",
                "Its servers' clocks are behind, or what it sends is held up on the way.",
            )
        else:
            yield well(about, f"events come {behind:.1f} s after they happened (median)")
