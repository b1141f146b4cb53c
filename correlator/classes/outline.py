"""An issue's outline: what of an event, its kind and its culprit's diff issues are compared by.

Neither project, service, release nor any value takes part: the same mistake in another service is
to have the same outline. The recipe has a number: outlines of another one are made again.
"""

import re
from collections.abc import Iterable, Iterator

from correlator.classes.ancestry import parents_of, short
from correlator.types import Event, Frame, Raised

RECIPE = 1
MOST_TOKENS = 120
MOST_WORDS = 24
MOST_NAMES = 6
FRAMES = 6
LIBRARY_FRAMES = 3
LONGEST = 400
LONGEST_TOKEN = 160
# What a token says beyond which exception it was, 0 for nothing; two are needed in common.
_SAYS = {"at": 2, "place": 2, "frame": 2, "lib": 2, "name": 2, "word": 1, "code": 1}
# Their words are the language's: whoever knows the type knows them.
_OF_THE_LANGUAGE = frozenset(
    {"AttributeError", "KeyError", "IndexError", "NameError", "UnboundLocalError", "TypeError",
     "ZeroDivisionError", "OverflowError", "RecursionError", "MemoryError", "UnicodeDecodeError",
     "UnicodeEncodeError", "ReferenceError", "RangeError", "StopIteration", "NoMethodError",
     "NullPointerException", "ClassCastException", "ArrayIndexOutOfBoundsException",
     "StringIndexOutOfBoundsException", "IndexOutOfBoundsException", "ArithmeticException",
     "NullReferenceException", "InvalidCastException", "IndexOutOfRangeException"}
)  # fmt: skip

_QUOTED = re.compile(r"'([^'\n]{0,200})'|\"([^\"\n]{0,200})\"|`([^`'\n]{0,200})[`']")
_NAME = re.compile(r"\A[A-Za-z_$][\w.$-]{1,60}\Z")
_VALUE = re.compile(
    r"\b[a-z]{2,10}://[^\s]{1,300}|[\w.+-]{1,64}@[\w.-]{1,100}|(?<![\w/])(?:/[\w.@+-]{1,80}){2,30}"
    r"|\b0x[0-9a-fA-F]{1,32}\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{4,40}\b|\b(?=[a-f]*\d)[0-9a-f]{7,64}\b"
    r"|\d[\d.,:_-]{0,60}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][a-z']{1,40}|[A-Z]{2,40}|<v>")
_CODE = re.compile(r"[A-Za-z_]\w{1,60}|\[|\?\.|\.\.|[-+*/%]=?|==|!=|<=|>=|\(\)")
_INNER = re.compile(
    r"(?:\.?<locals>)?\.?(?:<(?:lambda|anonymous|listcomp|dictcomp|setcomp|genexpr)>|\$\d+)$"
)
_COMMON = frozenset({"the", "an", "of", "to", "in", "is", "was", "for", "and", "or", "by", "at"})
_KEYWORDS = frozenset(
    {"self", "this", "return", "def", "const", "let", "var", "if", "for", "in", "not", "and", "or",
     "else", "new", "public", "private", "static", "function", "raise", "throw"}
)  # fmt: skip


def tokens_of(event: Event, kind: str | None = None, diff: Iterable[str] = ()) -> tuple[str, ...]:
    """The tokens of an event, each once, at most ``MOST_TOKENS``.

    ``kind``: the issue's, None where nobody knows; ``diff``: the names of what its culprit did.
    """
    found = dict.fromkeys(_tokens(event, kind, diff))
    return tuple(token[:LONGEST_TOKEN] for token in found)[:MOST_TOKENS]


def aspect_of(token: str) -> str:
    """The part of a token before the colon."""
    return token.partition(":")[0]


def says_beyond_type(token: str) -> int:
    """How far a token tells apart failures of one type: 0 not at all, 1 a little, 2 by itself."""
    aspect, _, what = token.partition(":")
    if aspect == "code" and not what[:1].isalpha():
        return 0
    return _SAYS.get(aspect, 0)


def _tokens(event: Event, kind: str | None, diff: Iterable[str]) -> Iterator[str]:
    raised = _failure(event)
    if raised is not None:
        yield f"type:{short(raised.type)}"
        yield from (f"parent:{one}" for one in parents_of(raised.type))
    if kind:
        yield f"kind:{kind}"
    yield from (f"cause:{short(one.type)}" for one in event.exceptions if one is not raised)
    frames = raised.frames if raised and raised.frames else event.trace
    yield from _ways(frames)
    yield from _said(
        raised.value if raised else event.formatted or event.message,
        "saying" if raised and short(raised.type) in _OF_THE_LANGUAGE else "word",
    )
    yield from (f"diff:{one}" for one in diff)


def _failure(event: Event) -> Raised | None:
    """The innermost of the chain that has frames, else the one that surfaced: what wraps it says
    how it was passed on."""
    return next((one for one in event.exceptions if one.frames), event.raised)


def _ways(frames: tuple[Frame, ...]) -> Iterator[str]:
    own = [one for one in frames if one.in_app] or [one for one in frames if one.function]
    if not own:
        return
    yield f"at:{place_of(own[-1])}"
    for frame in reversed(own[-FRAMES:]):
        yield f"place:{place_of(frame)}"
        yield f"frame:{_module(frame)}:{_function(frame)}"
    yield from (f"code:{one}" for one in _code(own[-1].context_line or ""))
    after = frames[len(frames) - 1 - _last_own(frames, own[-1]) :] if own else ()
    library = [one for one in after if not one.in_app and one.function]
    yield from (
        f"lib:{_module(one)}:{_function(one)}" for one in reversed(library[-LIBRARY_FRAMES:])
    )


def _last_own(frames: tuple[Frame, ...], own: Frame) -> int:
    """How many frames come after the application's last one."""
    return next(at for at, one in enumerate(reversed(frames)) if one is own)


def place_of(frame: Frame) -> str:
    """Where, as far as it is the same in another repository: last part of the module, function."""
    module = re.split(r"[./\\]", _module(frame))[-1]
    return f"{module}.{_function(frame)}"


def _module(frame: Frame) -> str:
    if frame.module:
        return frame.module[-LONGEST_TOKEN // 2 :]
    file = re.split(r"[\\/]", frame.filename)[-1].lower()
    return file.rsplit(".", 1)[0] or file


def _function(frame: Frame) -> str:
    bare = _INNER.sub("", frame.function[-200:])
    return (bare or frame.function or "<module>")[-60:]


def _code(line: str) -> Iterator[str]:
    """Names and operators of the failing line; one letter and keywords say nothing."""
    text = _QUOTED.sub(" ", line[:LONGEST])
    yield from (one for one in _CODE.findall(text) if one not in _KEYWORDS)


def _said(message: str, aspect: str) -> Iterator[str]:
    text = message[:LONGEST]
    names = ["".join(found) for found in _QUOTED.findall(text)]
    yield from (f"name:{one}" for one in names[:MOST_NAMES] if _NAME.match(one))
    plain = _VALUE.sub(" <v> ", _QUOTED.sub(" <v> ", text))
    words = (word.lower() for word in _WORD.findall(plain))
    yield from (
        f"{aspect}:{word}"
        for word in list(words)[:MOST_WORDS]
        if word not in _COMMON and word != "<v>"
    )
