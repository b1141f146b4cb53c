"""Each rule of a policy with a change that keeps it, one that breaks it, and one of which a record
is missing that would decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from correlator.policy import Policy, Situation, judge, read_policy, worst
from correlator.types import (
    Accountability,
    Actor,
    Author,
    Outcome,
    Owned,
    Provenance,
    SignOff,
    SignOffState,
)

FRIDAY = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # 23:30 in Berlin
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
RULES = {
    "approvers": '[[approval]]\nname = "r"\npaths = ["/billing/"]\nprovenance = ["ai"]\n'
    "approvers = 2\ngroups = { senior = 1 }",
    "groups": '[[approval]]\nname = "r"\ngroups = { senior = 2 }',
    "owners": '[[approval]]\nname = "r"\nowners = true',
    "critical": '[[approval]]\nname = "r"\ncritical = true\napprovers = 1',
    "untouchable": '[[untouchable]]\nname = "r"\npaths = ["/billing/"]\nprovenance = ["ai"]',
    "canary": '[[canary]]\nname = "r"\nprovenance = ["ai"]\nhold_minutes = 60',
    "freeze": '[[freeze]]\nname = "r"\nprovenance = ["ai"]\nsince = 2026-11-20\nuntil = 2026-11-20',
    "window": '[[window]]\nname = "r"\nprovenance = ["ai"]\ndays = ["mon", "tue", "wed", "thu"]\n'
    'since = "09:00"\nuntil = "16:00"\nzone = "Europe/Berlin"',
}
GROUPS = '\n[groups]\nsenior = ["@sam", "rita@example.org"]\n[critical]\npaths = ["/billing/"]\n'
OWNED = Owned(pattern="/billing/", line=1, paths=("billing/sum.py",), owners=("@acme/money",))


def by(*logins: str) -> tuple[SignOff, ...]:
    return tuple(
        SignOff(who=Actor(login=one), state=SignOffState.COUNTS, because="so", source="review")
        for one in logins
    )


def situation(**more: Any) -> Situation:
    """An agent's change to billing that nobody reviewed, as a forge told, on a Tuesday."""
    account = Accountability(
        sha="a" * 40,
        standing=(),
        human=None,
        pull_request=None,
        sign_offs=more.pop("sign_offs", ()),
        owned=more.pop("owned", ()),
        reviews_known=more.pop("reviews_known", True),
    )
    author = more.pop("author", Author.AI)
    made = Situation(
        accountability=account,
        provenance=Provenance(author=author, certainty=0.9, because="a record"),
        paths=("billing/sum.py",),
        at=TUESDAY,
        environment="production",
        ran_since={},
    )
    return replace(made, **more)


def ruled(rule: str, more: dict[str, Any], waiver: str = "") -> Outcome:
    return worst(judge(situation(**more), policy(rule, waiver)))


def policy(rule: str, waiver: str = "") -> Policy:
    return read_policy(f"{GROUPS}\n{RULES[rule]}\n{waiver}")


ran = {"ran_since": {"canary": TUESDAY - timedelta(minutes=61)}}
UNKNOWN = {"author": Author.UNKNOWN}
UNTOLD = {"reviews_known": False}


@pytest.mark.parametrize(
    ("rule", "kept", "broken", "cannot_tell"),
    [
        ("approvers", {"sign_offs": by("sam", "ben")}, {"sign_offs": by("ben", "eve")}, UNTOLD),
        ("approvers", {"author": Author.HUMAN}, {"sign_offs": by("sam")}, UNKNOWN),
        ("approvers", {"paths": ("README.md",)}, {}, {"sign_offs": by("sam"), **UNTOLD}),
        (
            "groups",
            {"sign_offs": (*by("sam"), replace(by("x")[0], who=Actor(email="Rita@example.org")))},
            {"sign_offs": by("sam", "ben")},
            {"sign_offs": by("sam"), **UNTOLD},
        ),
        (
            "owners",
            {"owned": (replace(OWNED, signed=("@ben",)),)},
            {"owned": (OWNED,)},
            {"owned": (replace(OWNED, unknown=("@acme/money",)),)},
        ),
        ("critical", {"sign_offs": by("ben")}, {}, UNTOLD),
        ("untouchable", {"author": Author.HUMAN}, {}, UNKNOWN),
        ("untouchable", {"paths": ("docs/billing/x.md",)}, {}, UNKNOWN),
        ("canary", ran, {}, {"ran_since": None}),
        ("canary", {"environment": "canary"}, {"ran_since": {"canary": TUESDAY}}, UNKNOWN),
        ("freeze", {"at": TUESDAY}, {"at": FRIDAY}, {"at": FRIDAY, **UNKNOWN}),
        ("window", {"at": TUESDAY}, {"at": FRIDAY}, {"at": FRIDAY, **UNKNOWN}),
    ],
)
def test_a_rule_is_kept_or_broken_or_cannot_be_told(
    rule: str, kept: dict[str, Any], broken: dict[str, Any], cannot_tell: dict[str, Any]
) -> None:
    assert ruled(rule, kept) is Outcome.KEPT
    assert ruled(rule, broken) is Outcome.BROKEN
    assert ruled(rule, cannot_tell) is Outcome.CANNOT_TELL


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("named", "expires", "excused"),
    [
        ('commits = ["aaaaaaaaaa"]', "2026-12-01", True),
        ('paths = ["/billing/"]', "2026-12-01", True),
        ('paths = ["/billing/vat/"]', "2026-12-01", False),
        ('commits = ["bbbbbbbbbb"]', "2026-12-01", False),
        ('commits = ["aaaaaaaaaa"]', "2026-11-01", False),
    ],
)
def test_a_waiver_excuses_what_it_names_until_it_runs_out(
    rule: str, named: str, expires: str, excused: bool
) -> None:
    waiver = (
        f'[[waiver]]\nrule = "r"\nby = "Sam Lee"\nreason = "INC-7"\nexpires = {expires}\n{named}'
    )
    broken = {"at": FRIDAY, "owned": (OWNED,)}
    (ruling,) = judge(situation(**broken), policy(rule, waiver))
    assert (ruling.outcome is Outcome.KEPT) is excused
    assert (ruling.excuse is not None) is excused
    if excused:
        assert ruling.waived == "waived by Sam Lee until 2026-12-02 00:00 UTC: INC-7"
    elif expires < "2026-11-20":
        assert "a waiver by Sam Lee ran out at 2026-11-02 00:00 UTC" in ruling.because


def test_a_waiver_of_what_cannot_be_told_excuses_it_too() -> None:
    waiver = '[[waiver]]\nrule = "r"\nby = "S"\nreason = "x"\nexpires = 2026-12-01\npaths = ["/"]'
    assert ruled("untouchable", UNKNOWN) is Outcome.CANNOT_TELL
    assert ruled("untouchable", UNKNOWN, waiver) is Outcome.KEPT


def test_of_two_waivers_the_one_that_still_holds_counts() -> None:
    form = '[[waiver]]\nrule = "r"\nby = "{}"\nreason = "x"\nexpires = {}\npaths = ["/billing/"]\n'
    both = form.format("Ann", "2026-11-01") + form.format("Ben", "2026-12-01")
    (ruling,) = judge(situation(), policy("untouchable", both))
    assert ruling.excuse is not None
    assert ruling.excuse.by == "Ben"
