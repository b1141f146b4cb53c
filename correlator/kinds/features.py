"""A failure as words for the model: type, normalised message, frames, chain, language, diff.

Words only: what repeats in other failures must not be an id, a path or a value, so those become
marks. The recipe has a number; a model made for another recipe is refused.
"""

import re
from collections.abc import Iterator

from correlator.kinds.diff import marks
from correlator.kinds.reading import Failure

RECIPE = 1
LONGEST = 400
MOST_WORDS = 60
LAST_FRAMES = 3

_QUOTED = re.compile(r"'[^'\n]{0,200}'|\"[^\"\n]{0,200}\"|`[^`'\n]{0,200}[`']")
_URL = re.compile(r"\b[a-z]{2,10}://[^\s]{1,300}", re.I)
_PATH = re.compile(r"(?<![\w/])(?:/[\w.@+-]{1,80}){2,30}|\b[A-Za-z]:\\[^\s]{1,200}")
_HEX = re.compile(r"\b0x[0-9a-fA-F]{1,32}\b")
_WORD = re.compile(r"<[a-z]>|[A-Za-z]{1,40}|[0-9]{1,40}")
_HUMP = re.compile(r"[A-Z]{2,30}(?=[A-Z][a-z])|[A-Z]?[a-z]{1,40}|[A-Z]{1,40}")
_STATUS = {"400", "401", "403", "404", "408", "409", "429", "500", "502", "503", "504"}


def words_of(failure: Failure) -> frozenset[str]:
    """The features that are present; their weights are in the model."""
    return frozenset(_words(failure))


def _words(failure: Failure) -> Iterator[str]:
    seen = failure.seen
    yield f"language {failure.language}"
    yield f"type {seen.type.lower()}"
    yield from (f"word {part}" for part in humps(seen.type))
    yield from (f"module {part}" for part in humps(seen.full.removesuffix(seen.type)))
    message = normalised(seen.message)
    # The same word says the same in a name and in a message: few labels go further so.
    yield from (f"word {word}" for word in message)
    yield from (f"says {word}" for word in message)
    yield from (f"named {part}" for part in humps(seen.type))
    if not message:
        yield "says nothing"
    for frame in seen.frames[-LAST_FRAMES:]:
        yield from (f"in {part}" for part in humps(frame.function[-120:]))
    for other in failure.others:
        yield from (f"chain {part}" for part in humps(other.type))
    yield from (f"diff {mark}" for mark in marks(failure.patch).named())


def normalised(message: str) -> tuple[str, ...]:
    """Words in lower case; quoted texts, addresses, paths and numbers become marks.

    HTTP status codes stay: they say more than any word.
    """
    text = message[:LONGEST]
    for pattern, mark in ((_URL, " <u> "), (_QUOTED, " <s> "), (_PATH, " <p> "), (_HEX, " <n> ")):
        text = pattern.sub(mark, text)
    found = []
    for word in _WORD.findall(text)[:MOST_WORDS]:
        number = word[0].isdigit() and word not in _STATUS
        found.append("<n>" if number else word.lower())
    return tuple(found)


def humps(name: str) -> list[str]:
    """``ConnectTimeout_error`` as connect, timeout, error."""
    return [part.lower() for part in _HUMP.findall(name[:200])]
