"""Changes compared by what they were: counts, intervals, and only the words that they allow."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, product
from math import inf

import pytest

from correlator.comparison import (
    By,
    Comparison,
    Counted,
    Unit,
    Versus,
    Word,
    body_of,
    changes_needed,
    compare,
)
from correlator.comparison.ratios import Ratio
from correlator.types import Author, Blamed, ChangeRecord, Reviewed

NOW = datetime(2026, 11, 21, tzinfo=UTC)
_ids = count(1)


def a_change(author: Author = Author.HUMAN, **given: object) -> ChangeRecord:
    """A change of sixty days ago that nothing is blamed on, filled in as told."""
    age = float(given.pop("age", 60))
    fields: dict[str, object] = {
        "id": next(_ids),
        "service": "shop",
        "deployed_at": NOW - timedelta(days=age),
        "days_live": age,
        "provenance": author,
        "lines": 100,
        **given,
    }
    return ChangeRecord(**fields)


def blame(probability: float = 1.0, **given: object) -> Blamed:
    fields: dict[str, object] = {
        "issue_id": next(_ids), "probability": probability, "days": 2.0, "acted_on": True, **given,
    }  # fmt: skip
    return Blamed(**fields)


def changes(
    author: Author, number: int, incidents: int, *, probability: float = 1.0, **given: object
) -> Iterator[ChangeRecord]:
    """So many changes, the first of which have an incident each."""
    for place in range(number):
        hit = (blame(probability),) if place < incidents else ()
        yield a_change(author, blamed=hit, **given)


def compared(*groups: Iterator[ChangeRecord], by: By = By.PROVENANCE) -> Comparison:
    return compare([record for group in groups for record in group], by, NOW)


def versus(found: Comparison, arm: str = "ai") -> Versus:
    return next(one for one in found.versus if one.arm == arm)


def ratio(
    found: Comparison,
    arm: str = "ai",
    of: Counted = Counted.INCIDENTS,
    unit: Unit = Unit.CHANGE,
) -> Ratio:
    """The ratio of that arm, of incidents per change unless told otherwise."""
    return next(one for one in versus(found, arm).ratios if (one.of, one.unit) == (of, unit))


def test_the_teaching_case_is_borderline_since_the_methods_do_not_agree() -> None:
    one = ratio(compared(changes(Author.AI, 310, 24), changes(Author.HUMAN, 690, 31)))
    assert one.ratio == pytest.approx(1.723, abs=1e-3)
    assert (one.mid_p.low, one.mid_p.high) == pytest.approx((1.001, 2.939), abs=1e-3)
    assert (one.exact.low, one.exact.high) == pytest.approx((0.968, 3.033), abs=1e-3)
    assert one.word is Word.BORDERLINE


def test_more_is_said_where_every_way_of_counting_says_so() -> None:
    one = ratio(compared(changes(Author.AI, 300, 60), changes(Author.HUMAN, 600, 40)))
    assert one.word is Word.MORE
    assert one.shown.low > 1


def test_and_fewer_where_they_say_the_opposite() -> None:
    one = ratio(compared(changes(Author.AI, 300, 12), changes(Author.HUMAN, 600, 90)))
    assert one.word is Word.FEWER
    assert one.shown.high < 1


def test_an_interval_that_holds_1_shows_no_difference() -> None:
    one = ratio(compared(changes(Author.AI, 300, 21), changes(Author.HUMAN, 600, 40)))
    assert one.word is Word.NONE_SHOWN


@pytest.mark.parametrize(("ai", "human"), [(4, 90), (90, 4), (0, 0), (3, 2)])
def test_fewer_than_five_in_an_arm_are_counts_and_no_more(ai: int, human: int) -> None:
    one = ratio(compared(changes(Author.AI, 200, ai), changes(Author.HUMAN, 200, human)))
    assert one.word is Word.COUNTS_ONLY
    assert not one.enough


def test_below_ten_events_the_exact_interval_is_the_one_shown() -> None:
    one = ratio(compared(changes(Author.AI, 40, 3), changes(Author.HUMAN, 60, 2)))
    assert (one.shown.low, one.shown.high) == (one.exact.low, one.exact.high)
    assert (one.exact.low, one.exact.high) == pytest.approx((0.258, 26.9), rel=1e-2)


def test_like_is_compared_with_like_by_service_and_size() -> None:
    one = ratio(
        compared(
            changes(Author.AI, 100, 10, service="a"),
            changes(Author.HUMAN, 260, 12, service="a"),
            changes(Author.AI, 210, 14, service="b"),
            changes(Author.HUMAN, 430, 19, service="b"),
        )
    )
    assert one.alike.ratio == pytest.approx(1.738, abs=1e-3)
    assert (one.alike.interval.low, one.alike.interval.high) == pytest.approx(
        (1.022, 2.956), abs=1e-3
    )
    assert one.alike.strata == 2


def test_a_difference_that_is_only_of_services_is_not_called_one() -> None:
    """AI works where everybody fails often: within each service it fails as often as people."""
    found = compared(
        changes(Author.AI, 400, 80, service="rough"),
        changes(Author.HUMAN, 100, 20, service="rough"),
        changes(Author.AI, 100, 2, service="calm"),
        changes(Author.HUMAN, 400, 8, service="calm"),
    )
    one = ratio(found)
    assert one.shown.low > 1
    assert one.alike.ratio == pytest.approx(1.0)
    assert one.word is Word.BORDERLINE


def test_uncertain_culprits_count_by_their_chance_and_make_nobody_surer() -> None:
    sure, many = (
        ratio(compared(changes(Author.AI, 300, each), changes(Author.HUMAN, 300, each)))
        for each in (30, 60)
    )
    unsure = ratio(
        compared(
            changes(Author.AI, 300, 60, probability=0.5),
            changes(Author.HUMAN, 300, 60, probability=0.5),
        )
    )
    assert unsure.first.expected == pytest.approx(30)
    assert unsure.first.issues == 60
    assert sure.imputed is None
    assert unsure.imputed is not None
    assert (unsure.shown.low, unsure.shown.high) == pytest.approx(
        (sure.shown.low, sure.shown.high), rel=0.05
    )
    assert unsure.shown.high > many.shown.high


def test_an_issue_that_two_arms_are_suspected_of_is_counted_once_in_all() -> None:
    shared = [blame(0.6) for _ in range(20)]
    doubted = [replace(one, probability=0.4) for one in shared]
    found = compare(
        [a_change(Author.AI, blamed=(one,)) for one in shared]
        + [a_change(Author.HUMAN, blamed=(one,)) for one in doubted],
        By.PROVENANCE,
        NOW,
    )
    one = ratio(found)
    assert one.first.expected + one.second.expected == pytest.approx(20)
    assert one.imputed is not None
    assert one.imputed.low < 1.5 < one.imputed.high


def test_the_same_changes_give_the_same_interval_again() -> None:
    records = [*changes(Author.AI, 90, 30, probability=0.4), *changes(Author.HUMAN, 90, 30)]
    first, again = (ratio(compare(records, By.PROVENANCE, NOW)) for _ in range(2))
    assert first == again


def test_incidents_that_come_together_widen_the_interval() -> None:
    """The same number of incidents, in a tenth of the changes."""
    together = [a_change(Author.AI, blamed=tuple(blame() for _ in range(10))) for _ in range(4)]
    found = compare(
        [*together, *changes(Author.AI, 296, 0), *changes(Author.HUMAN, 600, 40)],
        By.PROVENANCE,
        NOW,
    )
    alone = ratio(compared(changes(Author.AI, 300, 40), changes(Author.HUMAN, 600, 40)))
    one = ratio(found)
    assert one.spread is not None
    assert one.spread > 1.5
    assert alone.word is Word.MORE
    assert one.shown.low < 1
    assert one.word is Word.NONE_SHOWN


def test_whole_services_are_drawn_where_there_are_ten() -> None:
    def services(number: int) -> Comparison:
        groups = [
            group
            for place in range(number)
            for group in (
                changes(Author.AI, 40, 12 if place % 5 == 0 else 1, service=f"s{place}"),
                changes(Author.HUMAN, 40, 2, service=f"s{place}"),
            )
        ]
        return compared(*groups)

    few, many = services(9), services(10)
    assert ratio(few).clustered is None
    assert versus(few).few_services
    one = ratio(many)
    assert one.clustered is not None
    assert not versus(many).few_services
    assert one.shown.low <= one.clustered.low < one.mid_p.low


def of_people(people: int, weeks: int) -> Comparison:
    """Two services; of each person the first changes of each arm went wrong, or none did."""
    groups = [
        changes(
            author, 40, (12 if place % 5 == 0 else 1) if author is Author.AI else 2,
            service=f"s{place % 2}", person=place % people, age=40 + 7 * (place % weeks),
        )
        for place in range(20)
        for author in (Author.AI, Author.HUMAN)
    ]  # fmt: skip
    return compared(*groups)


@pytest.mark.parametrize(
    ("people", "weeks", "drawn"), [(20, 2, "people"), (3, 10, "weeks"), (3, 2, "")]
)
def test_with_few_services_people_are_drawn_anew_with_few_people_weeks_and_it_says_which(
    people: int, weeks: int, drawn: str
) -> None:
    found = of_people(people, weeks)
    one = ratio(found)
    assert versus(found).few_services
    assert (one.drawn, one.clustered is not None) == (drawn, bool(drawn))


def test_people_who_differ_much_widen_the_interval() -> None:
    one = ratio(of_people(20, 2))
    assert one.clustered is not None
    assert one.shown.low <= one.clustered.low < one.mid_p.low


def test_a_ratio_is_told_with_what_wrong_labels_would_do_to_it() -> None:
    """35% of changes are agents', which fail twice as often; a fifth of them is labelled as
    people's, and a twentieth of people's as agents': 1.72 is seen, and 2 is what was."""
    found = compared(changes(Author.AI, 3125, 593), changes(Author.HUMAN, 6875, 757))
    one = ratio(found)
    assert one.ratio == pytest.approx(1.72, abs=0.005)
    first = one.mislabelled[0]
    assert (first.missed, first.wrong) == (0.2, 0.05)
    assert first.ratio == pytest.approx(2.0, abs=0.01)


def test_labels_that_would_leave_no_agents_at_all_give_no_ratio() -> None:
    found = compared(changes(Author.AI, 30, 6), changes(Author.HUMAN, 1970, 20))
    assert [one.ratio for one in ratio(found).mislabelled] == [None, None]


def test_how_few_wrong_labels_undo_a_difference_is_told_and_that_many_do() -> None:
    def with_moved(moved: int) -> Ratio:
        return ratio(
            compared(
                changes(Author.AI, 300 - moved, 40 - moved),
                changes(Author.HUMAN, 600 + moved, 40 + moved),
            )
        )

    one = with_moved(0)
    assert (one.word, one.undone_by) == (Word.MORE, 6)
    assert with_moved(5).shown.low > 1 >= with_moved(6).shown.low
    assert with_moved(6).undone_by is None


def test_arms_that_no_label_tells_apart_have_no_wrong_labels() -> None:
    found = compared(changes(Author.AI, 300, 40, lines=5), changes(Author.AI, 600, 40), by=By.SIZE)
    assert ratio(found, "51 to 200").mislabelled == ()


def test_when_incidents_were_first_seen_is_told_by_arm() -> None:
    late = [a_change(Author.AI, blamed=(blame(days=day),)) for day in (1.0, 2.0, 9.0)]
    found = compared(iter(late), changes(Author.HUMAN, 10, 0))
    by_name = {arm.name: arm.mending.seen_after for arm in found.arms}
    assert by_name == {"ai": 2.0, "human": None}


def test_a_ratio_that_is_above_1_per_change_and_below_it_per_line_is_flagged() -> None:
    found = compared(
        changes(Author.AI, 300, 60, lines=900), changes(Author.HUMAN, 300, 30, lines=100)
    )
    assert versus(found).flips == (Counted.INCIDENTS, Counted.ISSUES)
    same = compared(changes(Author.AI, 300, 60), changes(Author.HUMAN, 300, 30))
    assert versus(same).flips == ()


def test_ratios_that_both_lie_next_to_1_have_not_turned_round() -> None:
    found = compared(
        changes(Author.AI, 300, 31, lines=104), changes(Author.HUMAN, 300, 30, lines=100)
    )
    above, below = ratio(found).ratio, ratio(found, unit=Unit.LINES).ratio
    assert (above or 0) > 1 > (below or 2)
    assert versus(found).flips == ()


def test_a_curve_without_an_incident_is_told_as_surely_as_none_of_so_many_is() -> None:
    found = compared(changes(Author.AI, 20, 0), changes(Author.HUMAN, 20, 3))
    told = {one.day: one for one in found.arms[0].told}
    assert (told[30].at_risk, told[30].share, told[30].interval.high) == (20, 1.0, 1.0)
    assert told[30].interval.low == pytest.approx(1 - 0.168, abs=1e-3)
    assert 90 not in told


def test_the_unknown_leave_open_whatever_a_split_of_them_could_give() -> None:
    """Tried: every way to split six unknown changes, some of which went wrong."""
    known = [*changes(Author.AI, 20, 6), *changes(Author.HUMAN, 20, 7)]
    open_ = [
        a_change(Author.UNKNOWN, lines=lines, blamed=tuple(blame(chance) for chance in chances))
        for lines, chances in (
            (10, (0.9,)), (400, (0.5, 0.7)), (30, ()), (900, ()), (50, (1.0,)), (200, (0.2,)),
        )
    ]  # fmt: skip
    bounds = versus(compare([*known, *open_], By.PROVENANCE, NOW)).bounds
    tried: dict[Unit, list[float]] = {Unit.CHANGE: [], Unit.LINES: []}
    for split in product((Author.AI, Author.HUMAN), repeat=len(open_)):
        told = [replace(one, provenance=who) for one, who in zip(open_, split, strict=True)]
        found = compare([*known, *told], By.PROVENANCE, NOW)
        for unit, ratios in tried.items():
            ratios.append(ratio(found, unit=unit).ratio or 0.0)
    for unit, ratios in tried.items():
        one = bounds[Counted.INCIDENTS, unit]
        assert (one.low, one.high) == pytest.approx((min(ratios), max(ratios)))
        assert (one.changes, one.issues) == (6, 5)


def test_the_unknown_stand_beside_the_ratio_with_both_ends_that_they_leave_open() -> None:
    found = compared(
        changes(Author.AI, 100, 10), changes(Author.HUMAN, 100, 10), changes(Author.UNKNOWN, 200, 5)
    )
    assert ratio(found).ratio == pytest.approx(1.0)
    bounds = versus(found).bounds[Counted.INCIDENTS, Unit.CHANGE]
    assert bounds.share == pytest.approx(0.5)
    assert bounds.all_first == pytest.approx(15 / 300 / 0.1)
    assert bounds.all_second == pytest.approx(0.1 / (15 / 300))


def test_unknown_is_never_an_arm_that_is_held_against_another() -> None:
    found = compared(changes(Author.UNKNOWN, 90, 20), changes(Author.HUMAN, 90, 5))
    assert found.versus == ()
    assert [arm.name for arm in found.arms] == ["human", "unknown"]


def test_young_changes_count_by_the_day_and_not_by_the_change() -> None:
    found = compared(
        changes(Author.AI, 50, 10), changes(Author.HUMAN, 50, 5), changes(Author.AI, 40, 8, age=10)
    )
    assert ratio(found).first.changes == 50
    by_day = ratio(found, unit=Unit.DAY).first
    assert by_day.changes == 90
    assert by_day.exposure == pytest.approx(50 * 30 + 40 * 10)
    assert (found.arms[0].ripe, found.arms[0].young) == (50, 40)


def test_what_begins_after_thirty_days_counts_for_no_change() -> None:
    late = [a_change(Author.AI, blamed=(blame(days=31.0),)) for _ in range(9)]
    found = compare([*late, *changes(Author.HUMAN, 9, 0)], By.PROVENANCE, NOW)
    assert ratio(found).first.issues == 0


def test_an_issue_that_nobody_had_to_act_on_is_an_issue_and_no_incident() -> None:
    mild = [a_change(Author.AI, blamed=(blame(acted_on=False),)) for _ in range(9)]
    found = compare([*mild, *changes(Author.HUMAN, 9, 0)], By.PROVENANCE, NOW)
    assert ratio(found).first.issues == 0
    assert ratio(found, of=Counted.ISSUES).first.issues == 9
    assert found.arms[0].needed_fix.count == 0


def test_the_share_that_needed_a_fix_has_wilsons_interval() -> None:
    found = compared(changes(Author.AI, 62, 9), changes(Author.HUMAN, 88, 7))
    share = found.arms[0].needed_fix
    assert (share.count, share.of) == (9, 62)
    assert (share.interval.low, share.interval.high) == pytest.approx((0.078, 0.253), abs=1e-3)


def test_a_change_that_is_probably_not_the_culprit_needed_no_fix() -> None:
    found = compared(changes(Author.AI, 20, 9, probability=0.49), changes(Author.HUMAN, 20, 0))
    assert found.arms[0].needed_fix.count == 0


def test_cycles_are_counted_by_bin_and_open_ones_are_not_dropped() -> None:
    tried = [
        blame(cycles=1, is_over=True, hours=2.0),
        blame(cycles=2, is_over=True, hours=8.0),
        blame(cycles=5, is_over=True, hours=90.0),
        blame(cycles=2, hours=400.0),
        blame(hours=500.0),
    ]
    found = compare([a_change(Author.AI, blamed=(one,)) for one in tried], By.PROVENANCE, NOW)
    mending = found.arms[0].mending
    assert mending.cycles == {"1": 1, "2 to 3": 1, "4 to 6": 1, "7 or more": 0}
    assert (mending.over, mending.open, mending.untried) == (3, 1, 1)
    # One of four took one; the open one surely more than one; then one of two took two.
    assert mending.mean == pytest.approx(1 + 3 / 4 * 1 + 3 / 8 * 3)
    assert not mending.is_least
    assert mending.hours == pytest.approx(90.0)


def test_survival_curves_are_those_of_the_published_toy() -> None:
    times = {
        Author.AI: [(2, 1), (5, 1), (5, 0), (9, 1), (14, 1), (21, 0)] + [(30, 0)] * 4,
        Author.HUMAN: [(4, 1), (11, 0), (18, 1)] + [(30, 0)] * 9,
    }
    records = [
        a_change(author, age=days, blamed=(blame(days=float(days)),) if event else ())
        for author, all_days in times.items()
        for days, event in all_days
    ]
    found = compare(records, By.PROVENANCE, NOW)
    ai, human = found.arms
    assert ai.survival.at(14) == pytest.approx(0.571, abs=1e-3)
    assert human.survival.at(18) == pytest.approx(0.825, abs=1e-3)
    assert versus(found).log_rank == pytest.approx(0.19, abs=5e-3)


@pytest.mark.parametrize(
    ("sought", "rate", "needed"),
    [
        (1.235, 0.02, 15942),
        (1.235, 0.05, 6377),
        (1.235, 0.1, 3188),
        (1.7, 0.05, 885),
        (1.7, 0.1, 443),
    ],
)
def test_the_changes_needed_are_those_of_the_table(sought: float, rate: float, needed: int) -> None:
    found = changes_needed(rate, sought)
    assert found is not None
    assert found == pytest.approx(needed, abs=1)


def test_not_enough_data_says_how_many_changes_there_would_have_to_be() -> None:
    found = compared(changes(Author.AI, 40, 2), changes(Author.HUMAN, 100, 10))
    assert ratio(found).word is Word.COUNTS_ONLY
    assert versus(found).needed == pytest.approx(443, abs=1)


def test_one_striking_arm_of_many_is_borderline() -> None:
    """A dozen tools, one of which stands out as one of a dozen would by chance."""
    tools = [changes(Author.AI, 200, 20, tool=f"tool {place}") for place in range(11)]
    striking = changes(Author.AI, 200, 35, tool="odd one")
    found = compared(*tools, striking, changes(Author.HUMAN, 400, 41), by=By.TOOL)
    one = ratio(found, "odd one")
    assert one.p < 0.05
    assert one.q is not None
    assert one.q > one.p
    alone = compared(
        changes(Author.AI, 200, 35, tool="odd one"), changes(Author.HUMAN, 400, 41), by=By.TOOL
    )
    assert ratio(alone, "odd one").word is Word.MORE
    assert one.word is Word.BORDERLINE


def an_arm_for(by: By) -> tuple[Sequence[ChangeRecord], list[str], list[tuple[str, str]]]:
    records = {
        By.MODEL: [
            a_change(Author.AI, model="m1"), a_change(Author.MIXED), a_change(Author.HUMAN),
            a_change(Author.UNKNOWN), a_change(Author.AUTOMATION, model="m9"),
        ],
        By.SESSION: [
            a_change(Author.AI, minutes=3.0), a_change(Author.AI, minutes=61.0),
            a_change(Author.AI), a_change(Author.HUMAN, minutes=5.0),
        ],
        By.REVIEW: [
            a_change(review=Reviewed.PERSON), a_change(review=Reviewed.NOBODY), a_change(),
        ],
        By.SIZE: [
            a_change(lines=0), a_change(lines=10), a_change(lines=11), a_change(lines=5000),
            a_change(lines=None),
        ],
        By.DIRECTORY: [a_change(directory="a"), a_change(directory="b"), a_change()],
    }[by]  # fmt: skip
    arms = {
        By.MODEL: ["human", "m1", "unknown"],
        By.SESSION: ["under 15", "60 to 240", "unknown"],
        By.REVIEW: ["person", "nobody", "unknown"],
        By.SIZE: ["1 to 10", "11 to 50", "more", "unknown"],
        By.DIRECTORY: ["a/", "b/", "unknown"],
    }[by]
    pairs = {
        By.MODEL: [("m1", "human")],
        By.SESSION: [("60 to 240", "under 15")],
        By.REVIEW: [("nobody", "person")],
        By.SIZE: [("11 to 50", "1 to 10"), ("more", "1 to 10")],
        By.DIRECTORY: [("a/", "elsewhere"), ("b/", "elsewhere")],
    }[by]
    return records, arms, pairs


@pytest.mark.parametrize("by", [By.MODEL, By.SESSION, By.REVIEW, By.SIZE, By.DIRECTORY])
def test_changes_are_told_apart_by_what_is_asked(by: By) -> None:
    records, arms, pairs = an_arm_for(by)
    found = compare(records, by, NOW)
    assert [arm.name for arm in found.arms] == arms
    assert [(one.arm, one.against) for one in found.versus] == pairs
    assert found.changes + found.left_out == len(records)


def test_a_tool_that_calls_itself_human_or_unknown_is_neither() -> None:
    records = [a_change(Author.AI, tool="human"), a_change(Author.AI, tool="unknown")]
    found = compare([*records, a_change(Author.HUMAN), a_change(Author.UNKNOWN)], By.TOOL, NOW)
    assert {arm.name for arm in found.arms} == {"human", "“human”", "“unknown”", "unknown"}


def test_what_nobody_knows_is_shown_however_many_arms_there_are() -> None:
    tools = [a_change(Author.AI, tool=f"tool-{n}") for n in range(30) for _ in range(2)]
    body = body_of(compare([*tools, a_change(Author.UNKNOWN)], By.TOOL, NOW))
    assert len(body["arms"]) == 25
    assert body["arms"][-1]["name"] == "unknown"
    assert body["more"] == {"arms": 6, "changes": 12}


def test_nothing_at_all_is_an_answer() -> None:
    found = compare([], By.PROVENANCE, NOW)
    assert (found.changes, found.arms, found.versus) == (0, (), ())


def test_no_word_that_is_shown_claims_equality_or_a_reason() -> None:
    for word in Word:
        assert word.value != "no difference"
        assert not {"because", "causes", "due", "leads"} & set(word.value.split())


def test_a_kept_comparison_is_json_that_every_database_takes() -> None:
    """All of one arm's incidents uncertain and none of the other's: ends that are infinite."""
    found = compared(
        changes(Author.AI, 30, 1, probability=0.9), changes(Author.HUMAN, 30, 0, probability=0.5)
    )
    assert ratio(found).shown.high == inf
    text = json.dumps(body_of(found), allow_nan=False)
    assert json.loads(text)["versus"][0]["ratios"][0]["shown"][1] is None
