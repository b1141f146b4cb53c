"""A paragraph in which the author tells how AI was used: ``**AI usage:** ...``.

Some projects ask contributors for it, in prose. It is read only under such a heading at the start
of a line. How much an agent wrote it does not say in any form that we could read: the answer is
mixed, or unknown where the author claims the code.
"""

import re
from collections.abc import Iterator

from correlator.provenance.message import parse
from correlator.provenance.models import CLAUDE_LINES, Model, read_model
from correlator.provenance.records import DETECTORS, Records
from correlator.provenance.tools import WEAK, Tool, named, tool_of_model
from correlator.types import Author, Claim, Commit

DECLARED = 0.6
LONGEST = 600
_HEADING = re.compile(
    r"\A[*_#\s]{0,6}(?:ai|llm)[ -](?:usage|use|disclosure|disclaimer|declaration|assistance|note)"
    r"[*_ ]{0,4}:[*_ ]{0,4}",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\A(?:none\b|no\b|not\b|nothing\b|n/a\b|false\b|never\b|i (?:did not|didn't|have not)\b"
    r"|(?:this|it) (?:was|is) (?:not|entirely human|fully human|all human))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,39}|\d{1,3}(?:\.\d{1,3})?")
# The author says who wrote the code: a person, whatever else AI was asked for.
_BY_HAND = re.compile(
    r"\b(?:code|changes?|fix|rest)(?: \w{1,20}){0,3} (?:written|done|made|implemented)"
    r"(?: \w{1,20}){0,4} (?:by hand|by me|myself)\b"
    r"|\bi wrote (?:all )?(?:of )?the code\b|\bhand-?written\b"
    r"|\bmade (?:all )?the (?:code )?changes myself\b",
    re.IGNORECASE,
)
# Words of everyday prose that are also names of tools.
_EVERYDAY = frozenset(
    {"cursor", "continue", "cascade", "crush", "codex", "goose", "amp", "oz", "pi", "cody", "cline"}
)


@DETECTORS.named("declarations")
def declarations(commit: Commit, _: Records) -> Iterator[Claim]:
    """A claim from each such paragraph: what it names, or that it denies."""
    lines = parse(commit.message).lines
    for at, line in enumerate(lines):
        heading = _HEADING.match(line)
        if heading:
            text = " ".join([line[heading.end() :], *_rest(lines[at + 1 : at + 20])])[:LONGEST]
            yield from _claims(text.strip(" *_"))


def _rest(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            return
        yield line


def _claims(text: str) -> Iterator[Claim]:
    if not text:
        return
    said = f"'{text[:200]}'"
    if _NONE.match(text):
        yield _claim(Author.HUMAN, DECLARED, f"the author declares that no AI wrote it: {said}")
        return
    certainty = WEAK if _BY_HAND.search(text) else DECLARED
    because = f"the author declares a use of AI: {said}"
    found = _named_in(text) or [(None, None)]
    for tool, model in found[:5]:
        yield _claim(Author.AI, certainty, because, tool, model)


def _claim(
    author: Author,
    certainty: float,
    because: str,
    tool: str | None = None,
    model: str | None = None,
) -> Claim:
    return Claim(
        author=author,
        mechanism="declarations",
        role="authored" if author is Author.HUMAN else "declared",
        certainty=certainty,
        because=because,
        tool=tool,
        model=model,
    )


def _named_in(text: str) -> list[tuple[str | None, str | None]]:
    """Each tool that is named, with its model if one of its maker is. Longest names first."""
    words = _WORD.findall(text)
    tools: dict[str, Tool] = {}
    models: list[Model] = []
    at = 0
    while at < len(words):
        length, tool, model = _at(words, at)
        if tool:
            tools[tool.name] = tool
        if model:
            models.append(model)
        at += length
    for model in models:
        owner = tool_of_model(model.vendor)
        if owner and (model.vendor == "anthropic" or not tools):
            tools.setdefault(owner.name, owner)
    return [(name, _model_of(tool, models)) for name, tool in tools.items()]


def _at(words: list[str], at: int) -> tuple[int, Tool | None, Model | None]:
    """How many words the name at a place takes, and what it names."""
    for length in (3, 2, 1):
        phrase = " ".join(words[at : at + length]).strip(".-")
        if tool := _tool(phrase):
            return length, tool, None
        if length < 3 and (model := _model(phrase)):
            return length, None, model
    return 1, None, None


def _tool(phrase: str) -> Tool | None:
    if phrase.casefold() in _EVERYDAY and not phrase[0].isupper():
        return None
    return named(phrase)


def _model(phrase: str) -> Model | None:
    """``GPT 5.6``, ``gpt-5.5``, ``Opus 4.6`` or ``Fable``: a version ends it, or it is a line."""
    if phrase.partition(" ")[0].casefold() in CLAUDE_LINES:
        return read_model(f"claude {phrase}")
    return read_model(phrase) if phrase[-1:].isdigit() else None


def _model_of(tool: Tool, models: list[Model]) -> str | None:
    own = [model.name for model in models if model.vendor == tool.vendor]
    owned = {"anthropic", "openai", "google"}
    free = [model.name for model in models if tool.vendor not in owned]
    return next(iter([*own, *free]), None)
