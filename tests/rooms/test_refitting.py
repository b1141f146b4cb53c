"""Own weights: few labels move little, luck replaces nothing, a file is checked before use."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from correlator.errors import Permanent
from correlator.ranking import versions
from correlator.ranking.fitting import Sample, chance_by_luck, folds, groups_of, state
from correlator.ranking.refitting import decide, held_out, newer_is_worse, refit
from correlator.ranking.samples import sample_of
from correlator.ranking.weights import Weights, shipped
from correlator.types import Label, LabelSource

NAMES = tuple(sorted(shipped().points))
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def samples(count: int, truth: Weights, seed: int = 0, candidates: int = 12) -> list[Sample]:
    """Issues whose culprits are drawn as these weights would have it."""
    luck = np.random.default_rng(seed)
    points = np.array([truth.points[name] for name in NAMES])
    made = []
    for number in range(count):
        strengths = luck.random((candidates, len(NAMES))) * (luck.random((candidates, 1)) < 0.6)
        share = np.exp(strengths @ points)
        culprit = luck.choice(candidates, p=share / share.sum())
        right = np.zeros(candidates, bool)
        right[culprit] = True
        made.append(
            Sample(
                strengths=strengths,
                right=right,
                wrong=np.zeros(candidates, bool),
                about=(f"{seed}-{number}",),
            )
        )
    return made


def other_house() -> Weights:
    """Weights of a house where other things tell the culprit than in the shipped cases."""
    points = {name: -value / 4 for name, value in shipped().points.items()}
    return replace(shipped(), points={**points, "same-class": 9.0, "no-code": 6.0})


def plain(weights: Weights) -> Weights:
    """The same with the chances by which ``samples`` draws: there is always a culprit there."""
    return replace(weights, none=-20.0, slope=1.0, offset=0.0)


def test_without_labels_the_weights_are_the_shipped_ones() -> None:
    assert refit([], shipped(), NAMES).points == pytest.approx(shipped().points, abs=1e-3)


def test_few_labels_move_the_weights_little_and_many_move_them_far() -> None:
    def moved(count: int) -> float:
        found = refit(samples(count, other_house()), shipped(), NAMES).points
        return max(abs(found[name] - shipped().points[name]) for name in NAMES)

    assert moved(3) < 0.5
    assert moved(200) > 1.0


def test_a_house_like_the_shipped_cases_keeps_the_shipped_weights() -> None:
    using = plain(shipped())
    decided = [decide(samples(40, shipped(), seed), using, NAMES) for seed in range(6)]
    # Luck may pass the rule once in a while; two of six would be no luck.
    assert sum(one.is_better for one in decided) <= 1


def test_a_house_that_is_another_gets_weights_of_its_own() -> None:
    judged = decide(samples(80, other_house()), shipped(), NAMES)
    assert judged.is_better, judged.because
    assert judged.metrics["own"]["loss"] < judged.metrics["shipped"]["loss"]
    assert judged.metrics["luck"] < 0.01


def test_ten_cases_replace_nothing_however_they_speak() -> None:
    judged = decide(samples(10, other_house()), shipped(), NAMES)
    assert not judged.is_better
    assert "too few" in judged.because


def test_forty_issues_of_one_culprit_are_one_case() -> None:
    many = [replace(one, about=("the same",)) for one in samples(40, other_house())]
    assert "1 culprits are too few" in decide(many, shipped(), NAMES).because


def test_issues_that_share_a_culprit_by_way_of_another_are_judged_together() -> None:
    one, two, three, four = samples(4, shipped())
    chain = [
        replace(one, about=("a", "b")),
        replace(two, about=("b", "c")),
        replace(three, about=("c",)),
        replace(four, about=("d",)),
    ]
    assert len(set(groups_of(chain))) == 2
    assert len(set(folds(chain)[:3])) == 1


def test_no_sample_is_judged_by_weights_that_have_seen_it() -> None:
    house = samples(30, other_house())
    seen = [state(one, refit(house, shipped(), NAMES), NAMES).loss for one in house]
    unseen = [mine.loss for mine, _ in held_out(house, shipped(), NAMES)]
    assert sum(unseen) > sum(seen)


def test_what_is_ruled_out_becomes_less_likely() -> None:
    rejected = [
        replace(one, right=np.zeros_like(one.right), wrong=one.right)
        for one in samples(60, shipped())
    ]
    own = refit(rejected, shipped(), NAMES)
    before = np.mean([state(one, shipped(), NAMES).loss for one in rejected])
    assert np.mean([state(one, own, NAMES).loss for one in rejected]) < before


def test_newer_weights_that_are_worse_on_what_came_since_do_not_replace() -> None:
    house = samples(60, shipped())
    unseen = [number >= 40 for number in range(60)]
    assert not newer_is_worse(house, unseen, other_house(), shipped())
    spoilt = samples(60, other_house())
    assert newer_is_worse(spoilt, unseen, other_house(), shipped())
    assert newer_is_worse(house, [False] * 60, other_house(), shipped())


def test_luck_is_counted_by_culprit_and_not_by_issue() -> None:
    gains = [1.0] * 12
    assert chance_by_luck(gains, [str(n) for n in range(12)]) < 0.01
    assert chance_by_luck(gains, ["the same"] * 12) > 0.3


def a_label(sha: str, *, is_culprit: bool = True, strength: float = 1.0) -> Label:
    return Label(issue_id=1, verdict_id=1, sha=sha, is_culprit=is_culprit, strength=strength,
                 source=LabelSource.JUDGEMENT, at=AT, because="somebody said so")  # fmt: skip


def test_a_label_of_a_change_that_is_no_candidate_teaches_nothing() -> None:
    found = sample_of(["a"], [{"same-class": 1.0}], [a_label("gone")])
    assert found == "the culprit is not among the candidates any more"


def test_a_confirmation_outweighs_what_was_ruled_out_beside_it() -> None:
    both = [a_label("b", is_culprit=False, strength=0.5), a_label("a")]
    found = sample_of(["a", "b"], [{"same-class": 1.0}, {}], both)
    assert isinstance(found, Sample)
    assert (list(found.right), list(found.wrong)) == ([True, False], [False, True])
    assert (found.about, found.weight) == (("a",), 1.0)
    assert found.strengths[0][NAMES.index("same-class")] == 1.0


# --- the files ----------------------------------------------------------------------------------


def a_version(directory: Path) -> str:
    own = replace(shipped(), version=versions.next_name(directory), none=7.0)
    versions.keep_version(directory, own, AT, 40)
    versions.use(directory, own.version)
    return own.version


def test_a_version_in_use_is_what_verdicts_are_given_by(tmp_path: Path) -> None:
    assert versions.in_use(tmp_path).weights == shipped()
    name = a_version(tmp_path)
    using = versions.in_use(tmp_path)
    assert (using.weights.version, using.weights.none, using.problem) == (name, 7.0, None)
    assert versions.read_version(tmp_path, name).parent == shipped().version
    versions.use(tmp_path, "shipped")
    assert versions.in_use(tmp_path).weights == shipped()
    assert versions.versions(tmp_path) == [name]
    assert versions.next_name(tmp_path) != name


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:200],
        lambda text: text.replace('"none": 7.0', '"none": 1.0'),
        lambda text: "[]",
        lambda text: "{}",
        lambda text: '{"format": 1, "points": {}}',
        lambda text: "\x00" * 40,
    ],
)
def test_a_damaged_file_is_never_used_and_says_why(tmp_path: Path, damage: object) -> None:
    name = a_version(tmp_path)
    file = tmp_path / f"{name}.json"
    file.write_text(damage(file.read_text()))  # type: ignore[operator]
    using = versions.in_use(tmp_path)
    assert using.weights == shipped()
    assert "cannot be used" in (using.problem or "")
    with pytest.raises(Permanent, match="correlator train"):
        versions.use(tmp_path, name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"parent": "1999.1"}, "shipped weights"),
        ({"points": {"made-up": 1.0}}, "other signals"),
        ({"none": 1e9}, "no fit gives"),
        ({"none": True}, "no fit gives"),
        ({"name_from": 1.5}, "no chance"),
        ({"version": "another"}, "another version"),
        ({"format": 2}, "no weights file"),
    ],
)
def test_a_foreign_file_is_never_used_though_its_sum_fits(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    name = a_version(tmp_path)
    file = tmp_path / f"{name}.json"
    body = {**json.loads(file.read_text()), **change}
    del body["check"]
    file.write_text(json.dumps({**body, "check": versions._check(body)}))
    assert why in (versions.in_use(tmp_path).problem or "")


def test_a_version_that_is_not_there_or_climbs_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="There are: shipped"):
        versions.use(tmp_path, "2026.11+9")
    with pytest.raises(Permanent, match="no name"):
        versions.use(tmp_path, "../../etc/passwd")
