"""What is to be said of an issue's course beside its states: what is not known, and what to do."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from correlator.cycles import UNMARKED, unknown_now, unknown_since
from correlator.investigation.alive import Fixes
from correlator.types import AttemptState, Episode, Line, Means, RollOut

MOST_NAMED = 3


def remarks(line: Line, episodes: Sequence[Episode], fixes: Fixes, deployed: str) -> Iterator[str]:
    """On the line that counts most. ``deployed``: the service whose roll-outs these are."""
    yield from _of_what_is_live(line, episodes)
    yield from _of_deploys(line, episodes, deployed)
    yield from _of_fixes(line, episodes, fixes)
    yield from _of_the_unknown(line, fixes)


def of_another_service(name: str) -> str:
    """Where the change that did it is of another service than failed."""
    return (
        f"The change that did it is of {name}: roll-outs of that service are the attempts, and an"
        " event counts for the release of it that is in the same trace, else for what was live of"
        " it at the time, for a whole hour."
    )


def of_shared_names(names: Collection[str]) -> str:
    """Where a release name stands for several releases."""
    return (
        f"Several revisions went out as release {', '.join(sorted(names)[:MOST_NAMED])}: an event"
        " counts for the one that was live at the time, for a whole hour. Give each its own name."
    )


def _of_what_is_live(line: Line, episodes: Sequence[Episode]) -> Iterator[str]:
    newest = episodes[-1].attempts[-1] if episodes and episodes[-1].attempts else None
    if newest is None or newest.state not in {AttemptState.HELD, AttemptState.SUPERSEDED}:
        return
    live = max(line.roll_outs, key=_in_time)
    keys = {fix.key for fix in newest.fixes}
    if live.release not in line.carries or keys <= line.carries[live.release]:
        return
    had = "The fix had held" if newest.state is AttemptState.HELD else "A fix was out"
    had = "Going back had mended it" if newest.is_roll_back and had != "A fix was out" else had
    yield f"{had}, but {live.release}, which is live since {_when(live.at)}, is without."


def _of_deploys(line: Line, episodes: Sequence[Episode], deployed: str) -> Iterator[str]:
    unmarked = [one for one in line.roll_outs if one.id == UNMARKED]
    if all(one in unmarked for one in line.roll_outs):
        yield (
            f"No deploy of {deployed} to {line.environment} is known"
            f"{', so nothing can be an attempt' if not unmarked else ''}. Tell of deploys:"
            f" correlator deploy --release R --environment {line.environment} --revision SHA"
        )
    tried = {one.roll_out.release for each in episodes for one in each.attempts if one.roll_out}
    for one in [one for one in unmarked if one.release in tried][:MOST_NAMED]:
        yield (
            f"Nobody told of a deploy of {one.release}: it counts as rolled out since it was first"
            f" seen in {line.environment}, {_when(one.at)}."
        )


def _of_fixes(line: Line, episodes: Sequence[Episode], fixes: Fixes) -> Iterator[str]:
    for sha in sorted(fixes.lost)[:MOST_NAMED]:
        yield (
            f"Commit {sha[:12]}, said to mend it, is not in the repository as it was fetched last:"
            " which release has it nobody can say."
        )
    if not episodes or episodes[-1].attempts:
        return
    never = {fix.key for fix in episodes[-1].never_deployed}
    before = {fix.key for one in episodes[:-1] for each in one.attempts for fix in each.fixes}
    for part in line.parts[-MOST_NAMED:]:
        if never & line.carries.get(part.release, frozenset()):
            yield f"Only a canary has a fix: {part.release}, since {_when(part.at)}."
    for one in fixes.judged:
        if one.fix.means is Means.ROLL_BACK or one.fix.key in never:
            continue
        if one.fix.key in before:
            yield "What had mended it is still in what fails: something else undid it."
        else:
            what = f"Release {one.release}" if one.release else f"Commit {(one.sha or '')[:12]}"
            yield f"{what} was out before it failed: that is no attempt. ({one.fix.because})"


def _of_the_unknown(line: Line, fixes: Fixes) -> Iterator[str]:
    if fixes.judged and (unknown := unknown_now(line)) is not None:
        yield (
            f"Release {unknown} is live, and nobody knows its revision, so nobody can say what it"
            f" carries. Tell it: correlator deploy --release {unknown} --environment"
            f" {line.environment} --revision SHA"
        )
    began = min((one.hour for one in line.seen), default=line.now)
    events, releases = unknown_since(line, began)
    if events and any(one.fix.confirmed for one in fixes.judged):
        named = ", ".join(name or "no release" for name in releases[:5])
        yield (
            f"{events} events are of releases whose revision nobody knows ({named}): they speak"
            " neither for nor against a fix."
        )


def _in_time(one: RollOut) -> tuple[datetime, int]:
    return one.at, one.id


def _when(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"
