"""Model names: many spellings of one model become one, or none when no model is named.

``Claude Opus 4.6 (1M context)``, ``claude-opus-4-6``, ``claude-4.6-opus-high-thinking`` and
``anthropic/claude-opus-4-6-20260205`` are the same model. Effort and speed words are no part of it.
"""

import re
from dataclasses import dataclass

LONGEST = 250
NO_MODEL = frozenset(
    {
        "",
        "unknown",
        "default",
        "auto",
        "<synthetic>",
        "factory-router",
        "tab",
        "claude",
        "none",
        "null",
    }
)
_AROUND = " \t\n\"'"  # some writers put a model's name into quotes
_EFFORT = frozenset({"high", "low", "medium", "minimal", "xhigh", "none"})
# "max", "fast" and "thinking" are names of models elsewhere (qwen-max, grok-code-fast).
_MORE_EFFORT = {
    "claude": frozenset({"max", "fast", "thinking", "latest"}),
    "gpt": frozenset({"fast"}),
}
CLAUDE_LINES = frozenset({"opus", "sonnet", "haiku", "fable", "instant"})
_VENDORS = {
    "claude": "anthropic", "gpt": "openai", "o1": "openai", "o3": "openai", "o4": "openai",
    "gemini": "google", "composer": "cursor", "glm": "zhipu", "qwen": "alibaba", "kimi": "moonshot",
    "grok": "xai", "deepseek": "deepseek", "llama": "meta", "mistral": "mistral",
    "devstral": "mistral", "codestral": "mistral", "minimax": "minimax", "swe": "cognition",
}  # fmt: skip
_HEAD = re.compile(
    r"\A(claude|gpt|o1|o3|o4|gemini|composer|glm|qwen|kimi|grok|deepseek|llama|mistral|devstral|codestral|minimax|swe)(?=[-\d.]|\Z)"
)
# What may follow where the name is a word of other things, too.
_SECOND = {
    "gpt": re.compile(r"\A(?:\d|oss\Z|image\Z|realtime\Z|audio\Z)"),
    "gemini": re.compile(r"\A(?:\d|pro\Z|flash\Z|ultra\Z|nano\Z|exp\Z|diffusion\Z)"),
    "composer": re.compile(r"\A[\d]{1,2}\Z|\A\d\.\d\Z"),
    "swe": re.compile(r"\A\d"),
}
_DATE = re.compile(r"\A20\d{6}\Z")
_NUMBER = re.compile(r"\A[a-z]?\d{1,3}(?:\.\d{1,3})*[a-z]?\Z")


@dataclass(frozen=True, slots=True)
class Model:
    """A model: canonical ``name``, who makes it, family, version ("" if not told), effort words."""

    name: str
    vendor: str
    family: str
    version: str
    effort: tuple[str, ...] = ()


def read_model(text: str) -> Model | None:
    """The model that a whole text names; None if it names none or one we cannot place."""
    words = text.strip(_AROUND).casefold()[:LONGEST]
    if words in NO_MODEL:
        return None
    words = words.partition("(")[0].partition("[")[0].strip().rpartition("/")[2]
    words = words.removeprefix("openai ").removeprefix("anthropic ").removeprefix("google ")
    joined = "-".join(words.replace("_", " ").replace(":", "-").split())
    head = _HEAD.match(joined)
    if head is None:
        return None
    parts = [part for part in joined.split("-") if part and not _DATE.match(part)]
    efforts = _EFFORT | _MORE_EFFORT.get(head[1], frozenset())
    effort = tuple(part for part in parts if part in efforts)
    kept = [part for part in parts if part not in efforts]
    return _claude(kept, effort) if head[1] == "claude" else _other(head[1], kept, effort)


def model_in(name: str) -> str | None:
    """Canonical model name if the text names a model with a version, else None."""
    model = read_model(name)
    return model.name if model and model.version else None


def _claude(parts: list[str], effort: tuple[str, ...]) -> Model | None:
    line = next((part for part in parts if part in CLAUDE_LINES), None)
    numbers = [piece for part in parts if _NUMBER.match(part) for piece in part.split(".")]
    version = ".".join(numbers[:2])
    rest = [part for part in parts[1:] if part not in CLAUDE_LINES and not _NUMBER.match(part)]
    if rest or (line is None and not version):
        return None
    name = "-".join(["claude", *([line] if line else []), *numbers[:2]])
    return Model(name, "anthropic", f"claude-{line}" if line else "claude", version, effort)


def _other(head: str, parts: list[str], effort: tuple[str, ...]) -> Model | None:
    name = "-".join(parts)
    if head in _SECOND and len(parts) > 1 and not _SECOND[head].match(parts[1]):
        return None
    version = re.search(r"\d{1,3}(?:\.\d{1,3})*", name)
    if len(parts) > 6 or version is None:
        return None
    return Model(name, _VENDORS[head], head, version[0], effort)


def model_name(raw: str | None) -> str | None:
    """The name to show for a model as a record tells it: canonical where we know the family,
    as told where we do not, None where it names no model."""
    if raw is None or raw.strip(_AROUND).casefold() in NO_MODEL:
        return None
    model = read_model(raw)
    return model.name if model else raw.strip(_AROUND)[:LONGEST]
