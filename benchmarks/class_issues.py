"""Outlines of made issues: so many classes over so many services, with what varies in production.

Nothing is anybody's: names are put together from word lists. A class has a place, a mistake and a
few words of its own; its issues differ in service, callers, part of the message, kind known or
not, source line known or not. A share of all issues belongs to no class.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from correlator.types import Outline

TYPES = (
    "AttributeError", "KeyError", "TypeError", "ValueError", "TimeoutError", "IndexError",
    "OperationalError", "ValidationError", "NullPointerException", "QuoteError", "ParcelError",
)  # fmt: skip
KINDS = ("none_deref", "missing_key", "wrong_type", "contract_assumption", "external_dependency")
STEMS = (
    "price", "cart", "parcel", "order", "stock", "refund", "mail", "user", "token", "feed", "row",
    "invoice", "rate", "tax", "shop", "label", "route", "batch", "queue", "cache", "report",
)  # fmt: skip
VERBS = ("load", "total", "parse", "send", "merge", "find", "render", "check", "split", "apply")
WORDS = (
    "unexpected", "missing", "refused", "expired", "unknown", "duplicate", "closed", "invalid",
    "empty", "late", "broken", "foreign", "stale", "partial", "denied", "locked", "wrong",
)  # fmt: skip
ALONE = 0.25


def made_issues(count: int, classes: int, seed: int = 1) -> Iterator[tuple[Outline, int | None]]:
    """Outlines with the class each was made for (None: none), in random order of classes."""
    chance = random.Random(seed)
    plans = [_plan(chance, number) for number in range(classes)]
    for issue in range(1, count + 1):
        if chance.random() < ALONE:
            yield Outline(issue_id=issue, tokens=_tokens(chance, _plan(chance, -issue))), None
            continue
        # Some classes are much larger than others.
        number = min(int(chance.paretovariate(0.7)) - 1, 10**9) % classes
        yield Outline(issue_id=issue, tokens=_tokens(chance, plans[number])), number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What the issues of a class share."""

    type: str
    kind: str
    where: str
    callers: list[str]
    words: list[str]
    name: str
    code: list[str]


def _plan(chance: random.Random, number: int) -> _Plan:
    stem = chance.choice(STEMS)
    return _Plan(
        type=chance.choice(TYPES),
        kind=chance.choice(KINDS),
        where=f"{stem}s{number}.{chance.choice(VERBS)}_{chance.choice(STEMS)}",
        callers=[f"{chance.choice(STEMS)}s.{chance.choice(VERBS)}_{n}" for n in range(4)],
        words=chance.sample(WORDS, 4),
        name=chance.choice(STEMS),
        code=[chance.choice(STEMS), chance.choice(VERBS), f"{stem}_{number % 97}"],
    )


def _tokens(chance: random.Random, plan: _Plan) -> tuple[str, ...]:
    service = f"svc{chance.randrange(60)}"
    where, callers = plan.where, plan.callers
    found = [f"type:{plan.type}", f"at:{where}", f"place:{where}"]
    found.append(f"frame:{service}.{where.replace('.', ':')}")
    found += [f"place:{one}" for one in callers if chance.random() < 0.6]
    found += [f"frame:{service}.{one}:{chance.randrange(30)}" for one in callers[:2]]
    found += [f"word:{one}" for one in plan.words if chance.random() < 0.8]
    found += [f"word:{chance.choice(WORDS)}", f"word:v{chance.randrange(5000)}"]
    if chance.random() < 0.7:
        found += [f"name:{plan.name}"]
    if chance.random() < 0.8:
        found += [f"code:{one}" for one in plan.code]
    if chance.random() < 0.7:
        found += [f"kind:{plan.kind}"]
    if chance.random() < 0.3:
        found += [f"diff:{chance.choice(('guard_removed', 'catch_added', 'import_added'))}"]
    return tuple(dict.fromkeys(found))
