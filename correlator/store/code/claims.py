"""Claims as they are stored: the one door through which what a record says reaches the database.

Prompts are other people's words and may hold secrets: they pass only through the second function,
which nobody takes unless the setting ``keep_prompts`` is on.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any

from correlator.types import Claim

ClaimsAs = Callable[[Iterable[Claim]], list[dict[str, Any]]]


def without_prompts(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Claims as plain values; what a person asked an agent is left out."""
    return with_prompts(
        replace(one, recorded=replace(one.recorded, prompt=None)) if one.recorded else one
        for one in claims
    )


def claims_as(keep_prompts: bool) -> ClaimsAs:
    """How claims are stored under the setting."""
    return with_prompts if keep_prompts else without_prompts


def with_prompts(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Claims as plain values, a session's first prompt among them where it is recorded."""
    return [asdict(one) for one in claims]
