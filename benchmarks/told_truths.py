"""Whether the comparison says the right thing of histories of which the truth is known.

    python -m benchmarks.told_truths [--runs 200] [--changes 3000] [--seed 1] [--through-store]

Each history is 90 days of changes in twelve services, told apart as the page does (AI against
human, incidents per change). AI's changes go wrong ``truth`` times as often as people's would have
in the same service with as many lines. Services differ in how rough they are, and larger changes
go wrong more often. No culprit is certain: a verdict names the right change with chance 0.95, 0.8
or 0.6, and says so; else another change of that service. Three tenths of the changes are unknown.

``plain``: who works where, and what is unknown, is by chance alone. ``confounded``: AI works where
it is rough, and in larger changes. ``unmarked``: all of the unknown are AI's. ``together``: a bad
week of a service multiplies what goes wrong in it, whoever works there.

Printed of each: how often each word was said, how often the true ratio lay in the interval that is
shown and in that of like with like, and how often within the bounds that the unknown leave open;
``wrong``: a word that is false (a difference where there is none, or of the other sign).
``--through-store`` also writes the first history of each as rows, has the step ``compare`` work it
out, and checks that the page would say the same.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

from correlator.comparison import By, Counted, Unit, bundle
from correlator.comparison.arms import UNKNOWN, arms, pairs
from correlator.comparison.counting import parts
from correlator.comparison.ratios import Ratio, Sides, compare_rates
from correlator.comparison.unknown import bounds_of
from correlator.comparison.wording import Word
from correlator.settings import Settings
from correlator.statistics import Interval
from correlator.steps.compare import make_anew
from correlator.store.comparison import kept
from correlator.store.migrate import migrate
from correlator.store.session import open_engine, reading, transaction
from correlator.types import Author, ChangeRecord, DeployedCommit, Reviewed, Suspicion
from correlator.world import World
from tests.builders import NOW, sha_of
from tests.changes import Made, keep_changes

SERVICES = 12
RATE = 0.05
UNKNOWN_SHARE = 0.3
SURENESS = (0.95, 0.8, 0.6)
CASES = ("plain", "confounded", "unmarked", "together")
TRUTHS = (0.6, 1.0, 1.7)


@dataclass(slots=True)
class Told:
    """What was said of histories of one case and truth."""

    words: Counter[str]
    shown: int = 0
    alike: int = 0
    bounds: int = 0
    runs: int = 0


def history(case: str, truth: float, changes: int, dice: Random) -> list[Made]:
    """Changes that went wrong, or did not, with what is known of each."""
    rough = [dice.lognormvariate(0.0, 0.5) for _ in range(SERVICES)]
    bad = {(service, week): dice.choice((0.3, 0.3, 2.4)) for service in range(SERVICES)
           for week in range(14)}  # fmt: skip
    ranked = sorted(range(SERVICES), key=lambda one: rough[one])
    made = []
    for _ in range(changes):
        service = dice.randrange(SERVICES)
        half = 0.8 if ranked.index(service) >= SERVICES // 2 else 0.2
        is_ai = dice.random() < (half if case == "confounded" else 0.5)
        lines = round(dice.lognormvariate(4.6 if case == "confounded" and is_ai else 4.0, 1.0)) + 1
        days = 31 + dice.random() * 58
        chance = RATE * rough[service] * (lines / 60) ** 0.3 * (truth if is_ai else 1.0)
        if case == "together":
            chance *= bad[service, int(days / 7)]
        author = _author(case, is_ai, dice)
        hit = (1.0,) if dice.random() < min(chance, 0.9) else ()
        made.append(
            Made(author=author, days_ago=days, service=f"s{service}", lines=lines, chances=hit,
                 person=f"p{dice.randrange(40)}")
        )  # fmt: skip
    return _doubted(made, dice)


def _author(case: str, is_ai: bool, dice: Random) -> str:
    known = "ai" if is_ai else "human"
    if case == "unmarked":
        return UNKNOWN if is_ai and dice.random() < 2 * UNKNOWN_SHARE else known
    return UNKNOWN if dice.random() < UNKNOWN_SHARE else known


def _doubted(made: Sequence[Made], dice: Random) -> list[Made]:
    """The same with verdicts that are as sure as they are often right."""
    beside: dict[str, list[int]] = {}
    for place, one in enumerate(made, start=1):
        beside.setdefault(one.service, []).append(place)
    found = list(made)
    for place, one in enumerate(made, start=1):
        if not one.chances:
            continue
        sure = dice.choice(SURENESS)
        # An issue begins after both of its suspects went out, while both are followed.
        least, most = one.days_ago - one.after, one.days_ago + 25
        around = [
            at for at in beside[one.service] if at != place and least < made[at - 1].days_ago < most
        ]
        if not around:
            continue
        other = dice.choice(around)
        own = sure if dice.random() < sure else 1 - sure
        found[place - 1] = replace(one, chances=(own,), others=((other, 1 - own),))
    return found


def records_of(made: Sequence[Made]) -> list[ChangeRecord]:
    """The records that the step would make of them."""
    commits = [
        DeployedCommit(
            repo_id=1, sha=sha_of(f"change {place}"), deploy_id=place, project_id=1,
            service=one.service, environment=one.environment, title="", lines=one.lines,
            at=NOW - timedelta(days=one.days_ago), author=Author(one.author), person=one.person,
            review=Reviewed.PERSON,
        )
        for place, one in enumerate(made, start=1)
    ]  # fmt: skip
    blamed = [
        Suspicion(
            issue_id=place, project_id=1, service=one.service, environment=one.environment,
            began=NOW - timedelta(days=one.days_ago - one.after), acted_on=True,
            suspects=(
                (1, sha_of(f"change {place}"), one.chances[0]),
                *((1, sha_of(f"change {at}"), chance) for at, chance in one.others),
            ),
        )
        for place, one in enumerate(made, start=1)
        if one.chances
    ]  # fmt: skip
    return [one.record for one in bundle(commits, blamed, {}, NOW)]


def judged(made: Sequence[Made]) -> tuple[Ratio, Interval]:
    """Incidents per change, AI against human, and the bounds that the unknown leave open."""
    found = arms(records_of(made), By.PROVENANCE)
    (pair,) = pairs(found, By.PROVENANCE)
    sides = [parts(one, Counted.INCIDENTS, Unit.CHANGE, NOW)
             for one in (pair.first, pair.second, found[UNKNOWN])]  # fmt: skip
    ratio = compare_rates(
        Sides(of=Counted.INCIDENTS, unit=Unit.CHANGE, first=sides[0], second=sides[1]),
        By.PROVENANCE, 1,
    )  # fmt: skip
    assert ratio is not None
    mine, others = ((one.expected, one.exposure) for one in (ratio.first, ratio.second))
    ends = bounds_of(mine, others, sides[2])
    assert ends.low is not None
    assert ends.high is not None
    return ratio, Interval(ends.low, ends.high)


def is_false(word: Word, truth: float) -> bool:
    """Whether a word that names a difference names one that is not, or of the other sign."""
    return (word is Word.MORE and truth <= 1) or (word is Word.FEWER and truth >= 1)


def measure(case: str, truth: float, runs: int, changes: int, seed: int) -> Told:
    """So many histories of that case and truth."""
    dice, told = Random(seed), Told(words=Counter())
    for _ in range(runs):
        ratio, ends = judged(history(case, truth, changes, dice))
        told.words[ratio.word.value] += 1
        told.shown += ratio.shown.holds(truth)
        told.alike += ratio.alike.interval.holds(truth)
        told.bounds += ends.holds(truth)
        told.runs += 1
    return told


def of_the_page(made: Sequence[Made]) -> tuple[str, float]:
    """The word and the ratio that the page has once the rows went through the store."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kept.sqlite'}"
        engine = open_engine(url)
        migrate(engine)
        with transaction(engine) as session:
            keep_changes(session, made)
        settings = Settings(data_dir=Path(folder), database_url=url)
        make_anew(World(settings=settings, engine=engine, now=lambda: NOW))
        with reading(engine) as session:
            row = kept.of(session, kept.Asked(by="provenance", days=90, environment="production"))
        assert row is not None
        assert row.body is not None
        main = row.body["versus"][0]["ratios"][0]
        engine.dispose()
        return main["word"], main["ratio"]


def report(case: str, truth: float, told: Told) -> None:
    """One line of the table."""
    wrong = sum(number for word, number in told.words.items() if is_false(Word(word), truth))
    said = " ".join(f"{told.words[word.value]:>5}" for word in Word)
    held = " ".join(f"{each / told.runs:>7.1%}" for each in (told.shown, told.alike, told.bounds))
    print(f"{case:11} {truth:>5} {said} {wrong / told.runs:>7.1%} {held}", flush=True)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--changes", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--through-store", action="store_true")
    given = parser.parse_args()
    heads = " ".join(f"{word.value.split()[0][:5]:>5}" for word in Word)
    print(f"{'case':11} {'truth':>5} {heads} {'wrong':>7} {'shown':>7} {'alike':>7} {'bounds':>7}")
    for case in CASES:
        for truth in TRUTHS:
            report(case, truth, measure(case, truth, given.runs, given.changes, given.seed))
            if given.through_store:
                made = history(case, truth, given.changes, Random(given.seed))
                ratio, _ = judged(made)
                word, seen = of_the_page(made)
                same = "the same" if abs((ratio.ratio or 0) - seen) < 1e-6 else "NOT THE SAME"
                print(f"  through the store: {word}, {seen:.3f}: {same}")


if __name__ == "__main__":
    main()
