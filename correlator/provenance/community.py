"""Trailers that communities agreed on: ``Assisted-by``, ``Generated-by``, ``AI-assisted`` and kin.

The value decides, never the key: it may name a code generator, and it may deny. Forms: Linux
kernel ``AGENT:MODEL [analysis tools]``, OpenInfra free text, ``MODEL via TOOL <mail>``, booleans.
"""

import re
from collections.abc import Iterator

from correlator.provenance.message import Trailer, parse
from correlator.provenance.models import Model, read_model
from correlator.provenance.records import DETECTORS, Records
from correlator.provenance.strongest import once
from correlator.provenance.tools import (
    LOW,
    MEDIUM,
    WEAK,
    Tool,
    named,
    recognise,
    split_identity,
    tool_of_model,
)
from correlator.types import Author, Claim, Commit

_NAMING = frozenset(
    {
        "assisted-by",
        "generated-by",
        "synthesized-by",
        "ai-tool",
        "ai-model",
        "ai-agent",
        "x-ai-tool",
        "x-ai-model",
        "agent-signature",
        "ai-assistant",
        "ai-generated-by",
        "ai-assisted-by",
    }
)
_STATING = frozenset(
    {
        "ai-assisted",
        "ai-generated",
        "ai",
        "ai-used",
        "x-ai-assisted",
        "x-ai-generated",
        "ai-assistance",
    }
)
_NO = re.compile(
    r"\A(?:false|none|no|n/a|not used|without|never|0|nil|no[ -]ai|human)(?![\w-])", re.IGNORECASE
)
_YES = re.compile(r"\A(?:true|yes|1|ai|llm)(?: *\Z| ?[,.;(])", re.IGNORECASE)
# Programs that generate code and have nothing to do with the agents of these names.
_GENERATORS = frozenset({"goose", "pi", "crush", "continue", "cascade", "droid", "oz"})
_OTHERS = ("composer", "swe", "llama", "mistral")  # models named as other programs are
_GENERATING = frozenset({"generated-by", "synthesized-by"})
_SPLIT = re.compile(r" via | with | using | and | on behalf of | - |[:,;+&()|\[\]–—]|/(?= )")


@DETECTORS.named("community")
def community(commit: Commit, _: Records) -> Iterator[Claim]:
    """Claims of assistance, generation, or of a stated absence of AI."""
    message = parse(commit.message)
    yield from once(claim for trailer in message.trailers for claim in _read(trailer))


def _read(trailer: Trailer) -> Iterator[Claim]:
    if trailer.key not in _NAMING and trailer.key not in _STATING:
        return
    if _NO.match(trailer.value):
        yield _denial(trailer)
        return
    tool, model = _named_in(trailer.value)
    if tool is None and model is None:
        if trailer.key in _STATING and _YES.match(trailer.value):
            yield _claim(trailer, None, None)
        return
    yield _claim(trailer, tool, model)


def _named_in(value: str) -> tuple[Tool | None, str | None]:
    """The tool and the model that a free text names; a mail address decides the tool."""
    name, mail = split_identity(value[:400])
    match = recognise("", mail) if mail else None
    tool = match.tool if match else None
    model = None
    for part in (piece.strip() for piece in _SPLIT.split(name)):
        tool = tool or named(part)
        before, after = _tool_before_model(part)
        tool = tool or before
        found = read_model(part) or _leading_model(part) or after
        if found and model is None:
            model = found
    if tool is None and model is not None:
        tool = tool_of_model(model.vendor)
    return tool, model.name if model else None


def _leading_model(part: str) -> Model | None:
    """The model before the names of analysis tools, as the kernel writes it."""
    first, _, more = part.partition(" ")
    return read_model(first) if more and "-" in first else None


def _tool_before_model(part: str) -> tuple[Tool | None, Model | None]:
    """``codex-gpt-5.5-medium``: a tool, then its model."""
    name, _, rest = part.partition("-")
    tool = named(name) if rest else None
    model = read_model(rest) if tool else None
    return (tool, model) if model else (None, None)


def _claim(trailer: Trailer, tool: Tool | None, model: str | None) -> Claim:
    return Claim(
        author=Author.AI,
        mechanism="community",
        role="generated" if trailer.key in {"generated-by", "ai-generated"} else "assisted",
        certainty=_certainty(trailer, tool, model),
        because=f"the message states {trailer.said}",
        tool=tool.name if tool else None,
        model=model,
    )


def _certainty(trailer: Trailer, tool: Tool | None, model: str | None) -> float:
    """Where a key speaks of generators of code, too, only a name that none of these has counts."""
    if trailer.key not in _GENERATING:
        return MEDIUM
    if tool is None:
        return WEAK if (model or "").startswith(_OTHERS) else LOW
    return WEAK if trailer.value.strip().casefold() in _GENERATORS else MEDIUM


def _denial(trailer: Trailer) -> Claim:
    return Claim(
        author=Author.HUMAN,
        mechanism="community",
        role="authored",
        certainty=MEDIUM,
        because=f"the message denies the use of AI: {trailer.said}",
    )
