"""Sessions of agents as records tell of them, from stored claims: one row a session."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from web.present import Shown

_FIELDS = ("turns", "minutes", "lines", "accepted", "overridden", "prompt")


def sessions_of(claims: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Each session that the claims name, in their order, with all that is recorded of it.

    What is not recorded is None. The transcript is a link only where its address is one that a
    browser may follow from here (http or https); ``transcript`` is the address as recorded.
    """
    found: dict[str, Shown] = {}
    for claim in claims:
        recorded = claim.get("recorded") or {}
        name = claim.get("session") or recorded.get("transcript")
        if not name:
            continue
        shown = found.setdefault(name, _session(name, claim))
        for one in _FIELDS:
            if shown[one] is None:
                shown[one] = recorded.get(one)
        address = recorded.get("transcript")
        if address and shown["transcript"] is None:
            shown["transcript"], shown["link"] = address, link_of(address)
    return list(found.values())


def _session(name: str, claim: Mapping[str, Any]) -> Shown:
    link = link_of(name)
    return {
        "session": name,
        "tool": claim.get("tool"),
        "model": claim.get("model"),
        "human": claim.get("human"),
        "mechanism": claim.get("mechanism"),
        "derived": bool(claim.get("derived")),
        **dict.fromkeys(_FIELDS),
        "transcript": name if link else None,
        "link": link,
    }


def link_of(address: str) -> str | None:
    """The address where a page may lead to it, else None: records may hold anything."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    is_web = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return address if is_web else None
