"""What a forge knew before its hook was there: its API asked with a read-only token.

Values out: the same pull requests and reviews that hooks bring. Nothing here knows a database.
Two questions: which changed since, and all that there is to one of them; so that whoever asks can
stop after any and go on later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from correlator.backfill import github, gitlab
from correlator.backfill.forges import Changed, Forge, Told, forge_of
from correlator.http import Outward

__all__ = ["Changed", "Forge", "Told", "asking", "changed", "forge_of", "told"]


@dataclass(frozen=True, slots=True)
class _Kind:
    changed: Callable[[Outward, Forge, datetime | None, str | None], Changed | None]
    told: Callable[[Outward, Forge, int], Told]
    headers: Callable[[str | None], dict[str, str]]


_KINDS = {
    "github": _Kind(github.changed, github.told, github.headers),
    "gitlab": _Kind(gitlab.changed, gitlab.told, gitlab.headers),
}


def asking(
    forge: Forge, token: str | None, private: tuple[str, ...], now: Callable[[], datetime]
) -> Outward:
    """What to ask the forge with: its token goes to its own address and nowhere else."""
    return Outward(now, private, home=forge.api, headers=_KINDS[forge.kind].headers(token))


def changed(
    ask: Outward, forge: Forge, since: datetime | None, etag: str | None = None
) -> Changed | None:
    """Which pull requests changed at or after a time, longest ago first; None if the first page
    is as it was when it had this ``etag``."""
    return _KINDS[forge.kind].changed(ask, forge, since, etag)


def told(ask: Outward, forge: Forge, number: int) -> Told:
    """All that the forge tells of one: itself, its reviews, the commits of its branch."""
    return _KINDS[forge.kind].told(ask, forge, number)
