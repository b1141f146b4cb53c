"""Which changes are compared with which: the arms of a comparison, and what each is held against.

A change belongs to one arm at most, so that none is counted twice. What nobody recorded is an arm
of its own and never folded into another: most unmarked work of agents would land there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from correlator.types import Author, ChangeRecord, Reviewed

UNKNOWN = "unknown"
ELSEWHERE = "elsewhere"
MOST_ARMS = 12
# The first lines of each band of size, and the first minutes of each of session length.
SIZES = ((1, "1 to 10"), (11, "11 to 50"), (51, "51 to 200"), (201, "201 to 1000"), (1001, "more"))
SESSIONS = ((0, "under 15"), (15, "15 to 60"), (60, "60 to 240"), (240, "240 or more"))
_BY_AGENTS = frozenset({Author.AI, Author.MIXED})
# Whoever writes a record may call a tool whatever they like.
_TAKEN = frozenset({UNKNOWN, ELSEWHERE, *(author.value for author in Author)})


class By(StrEnum):
    """What changes are told apart by."""

    PROVENANCE = "provenance"
    TOOL = "tool"
    MODEL = "model"
    SESSION = "session"
    REVIEW = "review"
    SIZE = "size"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Pair:
    """An arm and what it is held against."""

    arm: str
    against: str
    first: tuple[ChangeRecord, ...]
    second: tuple[ChangeRecord, ...]


def arm_of(record: ChangeRecord, by: By) -> str | None:
    """The arm that a change belongs to; None where the question does not concern it."""
    match by:
        case By.PROVENANCE:
            return record.provenance.value
        case By.TOOL | By.MODEL:
            return _by_agent(record, record.tool if by is By.TOOL else record.model)
        case By.SESSION:
            return _session(record)
        case By.REVIEW:
            return UNKNOWN if record.review is Reviewed.UNTOLD else record.review.value
        case By.SIZE:
            return size_of(record.lines)
        case By.DIRECTORY:
            # The slash keeps a folder that is called "unknown" apart from what is.
            return f"{record.directory}/" if record.directory else UNKNOWN


def size_of(lines: int | None) -> str:
    """The band of so many lines. A change without any stands with the smallest."""
    return UNKNOWN if lines is None else _band(max(lines, 1), SIZES)


def _by_agent(record: ChangeRecord, name: str) -> str | None:
    """Agents by name beside people; a change that only machines made is neither."""
    if record.provenance in _BY_AGENTS:
        return f"“{name}”" if name in _TAKEN else name or UNKNOWN
    return None if record.provenance is Author.AUTOMATION else record.provenance.value


def _session(record: ChangeRecord) -> str | None:
    if record.provenance not in _BY_AGENTS:
        return None
    return UNKNOWN if record.minutes is None else _band(record.minutes, SESSIONS)


def _band(value: float, bands: Sequence[tuple[int, str]]) -> str:
    return [name for least, name in bands if value >= least or least == bands[0][0]][-1]


def arms(records: Sequence[ChangeRecord], by: By) -> dict[str, tuple[ChangeRecord, ...]]:
    """The changes of every arm: in the order of their bands, else largest first, unknown last."""
    found: dict[str, list[ChangeRecord]] = {}
    for record in records:
        if (arm := arm_of(record, by)) is not None:
            found.setdefault(arm, []).append(record)
    kept = sorted(found, key=lambda name: _place(name, by, len(found[name])))
    return {name: tuple(found[name]) for name in kept}


def _place(name: str, by: By, changes: int) -> tuple[int, int, str]:
    order = _ORDER.get(by, ())
    if name == UNKNOWN:
        return (2, 0, name)
    return (0, order.index(name), name) if name in order else (1, -changes, name)


_ORDER: dict[By, tuple[str, ...]] = {
    By.PROVENANCE: ("ai", "mixed", "human", "automation"),
    By.TOOL: ("human",),
    By.MODEL: ("human",),
    By.SESSION: tuple(name for _, name in SESSIONS),
    By.REVIEW: ("person", "machine", "nobody"),
    By.SIZE: tuple(name for _, name in SIZES),
}
REFERENCE: dict[By, str] = {
    By.PROVENANCE: "human",
    By.TOOL: "human",
    By.MODEL: "human",
    By.SESSION: SESSIONS[0][1],
    By.REVIEW: "person",
    By.SIZE: SIZES[0][1],
}


def pairs(found: dict[str, tuple[ChangeRecord, ...]], by: By) -> tuple[Pair, ...]:
    """Each arm against the reference; a directory against all the others. The largest dozen."""
    named = [name for name in found if name not in (UNKNOWN, REFERENCE.get(by))][:MOST_ARMS]
    if by is By.DIRECTORY:
        return tuple(Pair(name, ELSEWHERE, found[name], _others(found, name)) for name in named)
    reference = REFERENCE[by]
    against = found.get(reference, ())
    return tuple(Pair(name, reference, found[name], against) for name in named)


def _others(found: dict[str, tuple[ChangeRecord, ...]], name: str) -> tuple[ChangeRecord, ...]:
    return tuple(
        record
        for other, records in found.items()
        if other not in (name, UNKNOWN)
        for record in records
    )
