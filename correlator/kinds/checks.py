"""The checks that would have caught a kind, from a curated table."""

import tomllib
from functools import cache
from pathlib import Path

from correlator.kinds.reading import platform_language
from correlator.types import Check, Kind

TABLE = Path(__file__).with_name("checks.toml")


def checks_for(kind: Kind, platform: str = "") -> tuple[Check, ...]:
    """The checks of a kind for a platform, tools first; without a platform, of every language."""
    language = platform_language(platform)
    fits = [
        check
        for check in all_checks()
        if check.kind is kind
        and (not check.languages or not platform or language in check.languages)
    ]
    return tuple(sorted(fits, key=lambda check: not check.tool))


@cache
def all_checks() -> tuple[Check, ...]:
    """Every line of the table; ValueError names a kind that does not exist."""
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Check(
            kind=Kind(one["kind"]),
            sort=one["sort"],
            advice=one["advice"],
            languages=tuple(one.get("languages", ())),
            tool=one.get("tool", ""),
            rule=one.get("rule", ""),
            url=one.get("url", ""),
        )
        for one in data["check"]
    )


def advice_for(kind: str, platform: str) -> str:
    """The first advice that there is against a kind on a platform; empty where there is none."""
    if kind not in set(Kind):
        return ""
    return next((one.advice for one in checks_for(Kind(kind), platform)), "")
