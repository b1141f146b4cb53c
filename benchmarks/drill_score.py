"""What a drill is judged by: the sender's books against the database's.

It passes when the ids that were answered 200 are the ids that are stored, each issue has exactly
one verdict, nothing is there twice, no trouble is open, and whoever was not answered 200 was told
503 and when to come back, or got no answer at all.
"""

import time
from collections import Counter
from dataclasses import dataclass

from benchmarks.drill_load import Load, shots
from benchmarks.drill_site import Books, Site

EVENTS = 200
ISSUES = 20
RATE = 40.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take: settings of the stack, and how long the broker stays down."""

    lease_seconds: float
    sweep_seconds: float
    down_seconds: float
    locked_seconds: float = 12.0

    @property
    def settings(self) -> dict[str, object]:
        """As settings of the stack."""
        return {"lease_seconds": self.lease_seconds, "sweep_seconds": self.sweep_seconds}

    @property
    def patience(self) -> float:
        """Seconds after which a drill has failed: a lease twice over, and a slow machine."""
        return 2 * self.lease_seconds + 90


FULL = Pace(lease_seconds=60.0, sweep_seconds=5.0, down_seconds=60.0)
QUICK = Pace(lease_seconds=6.0, sweep_seconds=1.0, down_seconds=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a drill; ``faults`` is empty when it passed."""

    done: str
    accepted: int
    stored: int
    issues: int
    verdicts: int
    twice: int
    answers: Counter[str]
    slowest: float
    recovered: float
    faults: tuple[str, ...]

    def line(self, name: str) -> str:
        """The drill in one line."""
        others = ", ".join(
            f"{count} x {what}" for what, count in sorted(self.answers.items()) if what != "200"
        )
        return (
            f"{'FAIL' if self.faults else 'ok':4} {name:16} {self.done}: {self.accepted} accepted,"
            f" {self.stored} stored, {self.verdicts}/{self.issues} verdicts, {self.twice} twice,"
            f" refused: {others or 'none'}, slowest 200 {self.slowest:.2f} s,"
            f" recovered in {self.recovered:.1f} s"
            + "".join(f"\n     {fault}" for fault in self.faults)
        )


@dataclass(frozen=True, slots=True)
class Bench:
    """A site and which part of its code the next drill throws from."""

    site: Site
    pace: Pace
    first: int = 0
    events: int = EVENTS

    def load(self, rate: float = RATE) -> Load:
        """Events on their way."""
        issues = range(self.first, self.first + ISSUES)
        return Load(self.site, shots(self.events, issues), rate).start()


def settle(bench: Bench, load: Load, done: str, over: float) -> Outcome:
    """Wait until all is accepted and worked on, then compare. ``over``: when the harm ended."""
    load.join(bench.pace.patience)
    late = []

    def is_over(books: Books) -> bool:
        return not books.waiting and not books.unexplained

    try:
        bench.site.wait(is_over, bench.pace.patience)
    except AssertionError as fault:
        late.append(str(fault))
    return compare(bench, load, done, time.monotonic() - over, tuple(late))


def compare(
    bench: Bench, load: Load, done: str, recovered: float, late: tuple[str, ...]
) -> Outcome:
    """The sender's books against the database's."""
    books, sent = bench.site.books(), {shot.event_id for shot in load.shots}
    rows = [event for event, _issue in books.events if event in sent]
    stored, lost = set(rows), load.accepted - set(rows)
    issues = {issue for event, issue in books.events if event in sent}
    expected = len({shot.function for shot in load.shots})
    verdicts = {issue: books.verdicts.get(issue, 0) for issue in issues}
    twice = len(rows) - len(stored) + books.counted - len(books.events)
    twice += sum(count - 1 for count in verdicts.values() if count > 1)
    mute = sum(not count for count in verdicts.values())
    wrong = {
        f"{len(sent - load.accepted)} never accepted": sent != load.accepted,
        f"{len(lost)} accepted and lost": lost,
        f"{len(stored - load.accepted)} stored and never answered 200": stored - load.accepted,
        f"{len(issues)} issues of {expected}": len(issues) != expected,
        f"{mute} issues without verdict": mute,
        f"{books.silent} verdicts abstain": books.silent,
        f"{twice} twice": twice,
        f"dishonest answers: {sorted(set(load.bad))}": load.bad,
        f"open troubles: {sorted(set(books.troubles))}": books.troubles,
        f"the stack ended with {bench.site.process.poll()}": bench.site.process.poll() is not None,
    }
    return Outcome(
        done=done,
        accepted=len(load.accepted),
        stored=len(stored),
        issues=expected,
        verdicts=sum(verdicts.values()),
        twice=twice,
        answers=load.answers,
        slowest=load.slowest(),
        recovered=recovered,
        faults=(*late, *(words for words, is_so in wrong.items() if is_so)),
    )
