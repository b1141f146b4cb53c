"""What to call a class, and what its issues share, in one sentence.

"Null where ``price`` was assumed — pricing.total": what went wrong, about what, and where. A
default name is given once; a person's name wins, and lasts.
"""

from collections.abc import Sequence

from correlator.classes.outline import aspect_of
from correlator.classes.profiles import shared_by
from correlator.types import Kind, Outline

LONGEST = 120
_PLAIN = frozenset({"NoneType", "str", "int", "list", "dict", "object", "float", "bool", "tuple"})
_ABOUT: dict[str, str] = {
    Kind.NONE_DEREF: "Null where {x} was assumed",
    Kind.MISSING_KEY: "No {x} where one was assumed",
    Kind.WRONG_ATTRIBUTE: "{x} asked of what has none",
    Kind.HALLUCINATED_API: "{x}, an API that is not there",
    Kind.HALLUCINATED_PACKAGE: "Package {x} is not there",
    Kind.UNDEFINED_NAME: "{x} used before it is defined",
    Kind.WRONG_ARGUMENTS: "Call with {x} that does not fit",
}


def default_name(outlines: Sequence[Outline]) -> str:
    """A name from what most of a class's issues share."""
    shared = _by_aspect(outlines)
    kind = next((one for one in shared.get("kind", ()) if one != Kind.UNCLASSIFIED), None)
    names = [one for one in shared.get("name", ()) if one not in _PLAIN]
    places = shared.get("at") or shared.get("place") or shared.get("lib") or ()
    where = places[0].replace(":", ".") if places else ""
    what = _what(kind, names, shared)
    return (f"{what} — {where}" if where else what)[:LONGEST]


def sentence(outlines: Sequence[Outline]) -> str:
    """What these issues share: exception, place, words and code, each with how many of them."""
    count = len(outlines)
    found: list[str] = []
    for aspect, words in (
        ("type", "raise {}"),
        ("at", "crash in {}"),
        ("place", "pass through {}"),
        ("name", "speak of “{}”"),
        ("code", "have “{}” in the failing line"),
        ("cause", "follow on {}"),
    ):
        shared = [
            (token.partition(":")[2], share)
            for token, share in shared_by(outlines)
            if aspect_of(token) == aspect and _tells(token)
        ]
        if shared and not (aspect == "place" and any("crash in" in one for one in found)):
            what, share = shared[0]
            found.append(f"{_how_many(round(share * count), count)} {words.format(what)}")
    return "; ".join(found)[:600] + "." if found else "They share no single thing."


def _tells(token: str) -> bool:
    aspect, _, what = token.partition(":")
    return aspect != "code" or (len(what) > 2 and what[0].isalpha())


def _how_many(of: int, count: int) -> str:
    return f"all {count}" if of == count else f"{of} of {count}"


def _by_aspect(outlines: Sequence[Outline]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for token, _ in shared_by(outlines):
        aspect, _, what = token.partition(":")
        found.setdefault(aspect, []).append(what)
    return found


def _what(kind: str | None, names: Sequence[str], shared: dict[str, list[str]]) -> str:
    about = names[0] if names else ""
    if kind in _ABOUT and about:
        return _ABOUT[kind].format(x=about)
    if kind is not None:
        return f"{Kind(kind).label} ({about})" if about else Kind(kind).label
    type_ = (shared.get("type") or ["Failures"])[0]
    words = " ".join(sorted(shared.get("word", ()))[:5])
    return f"{type_}: {about or words}" if about or words else type_
