"""Spellings of one model become one; what names no model stays none."""

import pytest

from correlator.provenance.models import model_name, read_model
from correlator.provenance.tools import TOOLS


@pytest.mark.parametrize(
    "spelled",
    [
        "Claude Opus 4.6 (1M context)",
        "claude-opus-4-6",
        "claude-4.6-opus-high-thinking",
        "anthropic/claude-opus-4-6",
        "claude-opus-4-6-fast",
        "claude-opus-4-6-20260205",
        "CLAUDE OPUS 4.6",
    ],
)
def test_one_model_has_one_name(spelled: str) -> None:
    model = read_model(spelled)
    assert model is not None
    assert (model.name, model.vendor, model.family, model.version) == (
        "claude-opus-4-6",
        "anthropic",
        "claude-opus",
        "4.6",
    )


@pytest.mark.parametrize(
    ("spelled", "name", "vendor"),
    [
        ("gpt-5.5", "gpt-5.5", "openai"),
        ("OpenAI GPT-5.4", "gpt-5.4", "openai"),
        ("openai/gpt-5.2", "gpt-5.2", "openai"),
        ("gpt-5.1-codex-max-high", "gpt-5.1-codex-max", "openai"),
        ("composer-1", "composer-1", "cursor"),
        ("qwen3.8-max", "qwen3.8-max", "alibaba"),
        ("grok-code-fast-1", "grok-code-fast-1", "xai"),
        ("gemini-2.5-pro", "gemini-2.5-pro", "google"),
        ("Claude Fable 5", "claude-fable-5", "anthropic"),
        ("claude-3-5-sonnet-20241022", "claude-sonnet-3-5", "anthropic"),
    ],
)
def test_models_of_many_makers_are_told(spelled: str, name: str, vendor: str) -> None:
    model = read_model(spelled)
    assert model is not None
    assert (model.name, model.vendor) == (name, vendor)


def test_effort_is_told_apart_from_the_name() -> None:
    model = read_model("claude-4.5-opus-high-thinking")
    assert model is not None
    assert model.effort == ("high", "thinking")


@pytest.mark.parametrize(
    "spelled",
    ["unknown", "default", "auto", "<synthetic>", "factory-router", "tab", "claude", "", "None"],
)
def test_what_names_no_model_is_none(spelled: str) -> None:
    assert model_name(spelled) is None


@pytest.mark.parametrize("text", ["Claude Paroz", "Claude", "cursor", "gpt", "o1x", "Gemini Jones"])
def test_a_text_that_is_no_model_is_none(text: str) -> None:
    assert read_model(text) is None


def test_a_model_that_we_do_not_know_keeps_its_name() -> None:
    assert model_name("acme-coder-7b") == "acme-coder-7b"


def test_no_identity_belongs_to_two_tools() -> None:
    for field in ("mails", "ids", "logins", "names"):
        known = [one for tool in TOOLS for one in getattr(tool, field)]
        assert len(known) == len(set(known)), field


def test_identities_are_written_as_they_are_compared() -> None:
    for tool in TOOLS:
        for one in (*tool.mails, *tool.logins, *tool.names, *tool.first_names):
            assert one == one.casefold()
