"""Source code in colour. Pygments names the tokens, the style sheet has the colours."""

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, find_lexer_class_for_filename
from pygments.token import STANDARD_TYPES, Token

LONGEST_LINE = 400
LONGEST_SNIPPET = 40_000


def lines(path: str, texts: Sequence[str]) -> list[Markup]:
    """Each line as markup, read as one text so that a string over several lines is seen as one."""
    plain = [_tidy(text) for text in texts]
    whole = "\n".join(plain) + "\n"
    if len(whole) > LONGEST_SNIPPET:
        return [escape(text) for text in plain]
    marked: list[list[Markup]] = [[]]
    for kind, text in _lexer(path).get_tokens(whole):
        for place, part in enumerate(text.split("\n")):
            if place:
                marked.append([])
            if part:
                marked[-1].append(_span(kind, part))
    done = [Markup("").join(parts) for parts in marked[: len(plain)]]
    return done if len(done) == len(plain) else [escape(text) for text in plain]


def _tidy(text: str) -> str:
    """One line of bounded length, whatever the repository holds."""
    line = "".join(
        sign if sign == "\t" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for sign in text.rstrip("\r\n")
    )
    line = line.expandtabs(4)
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " …"


def _span(kind: object, text: str) -> Markup:
    while kind not in STANDARD_TYPES:
        kind = kind.parent  # type: ignore[attr-defined]
    name = STANDARD_TYPES[kind]  # type: ignore[index]
    if not name or kind in Token.Text or text.isspace():  # type: ignore[operator]
        return escape(text)
    return Markup('<span class="{}">{}</span>').format("t-" + name, text)


@lru_cache(maxsize=64)
def _lexer_class(name: str) -> type[Lexer]:
    found: type[Lexer] | None = find_lexer_class_for_filename(name)
    return found or TextLexer


def _lexer(path: str) -> Lexer:
    name = path.rpartition("/")[2][-100:]
    return _lexer_class(name)(stripnl=False, stripall=False, ensurenl=True)
