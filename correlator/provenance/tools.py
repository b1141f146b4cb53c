"""The tools we know by identity: one row a tool, facts only, to be extended by the user.

An identity is matched by exact mail first, then by GitHub's numeric account id (the login may
change, the id does not), then by exact name. Never by a part of a name or by a mail domain:
vendors have employees, and people are called Claude.
"""

import re
from dataclasses import dataclass
from enum import Enum

from correlator.provenance.models import model_in

NOREPLY = "users.noreply.github.com"
GITHUB_MAIL = re.compile(r"\A(?:(\d{1,12})\+)?([^@\s]{1,100})@users\.noreply\.github\.com\Z")

HIGH = 0.95
MEDIUM = 0.75
LOW = 0.4
WEAK = 0.2


class Kind(Enum):
    """What a tool's name on a commit means: an agent writes changes, a suggester parts of them."""

    AGENT = "agent"
    SUGGESTER = "suggester"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: exact mails, GitHub account ids and logins, and names.

    ``names`` cannot be a person's; ``first_names`` can. ``named_ids`` are accounts that also do
    other work: they count only together with one of ``names``.
    """

    name: str
    vendor: str
    mails: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    named_ids: tuple[int, ...] = ()
    logins: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    first_names: tuple[str, ...] = ()
    kind: Kind = Kind.AGENT


TOOLS: tuple[Tool, ...] = (
    Tool(
        "claude",
        "anthropic",
        mails=("noreply@anthropic.com", "claude@anthropic.com"),
        ids=(209825114, 208546643, 215619710),
        named_ids=(41898282,),
        logins=("claude[bot]", "claude-code-action[bot]", "anthropic-claude[bot]"),
        names=("claude[bot]", "claude code", "claude-code", "anthropic claude", "claude ai"),
        first_names=("claude",),
    ),
    Tool(
        "copilot",
        "github",
        ids=(198982749, 223556219),
        logins=("copilot-swe-agent[bot]", "copilot-swe-agent"),
        mails=("copilot@github.com",),
        names=(
            "copilot-swe-agent[bot]",
            "copilot-swe-agent",
            "github copilot",
            "github-copilot",
            "github copilot cli",
            "copilot cli",
            "copilot",
            "microsoft copilot",
        ),
    ),
    Tool(
        "copilot-autofix",
        "github",
        named_ids=(62310815, 223894421),
        names=("copilot autofix powered by ai", "copilot autofix"),
        kind=Kind.SUGGESTER,
    ),
    Tool("copilot", "github", ids=(175728472,), kind=Kind.SUGGESTER),
    Tool(
        "cursor",
        "cursor",
        mails=("cursoragent@cursor.com",),
        ids=(206951365,),
        logins=("cursor[bot]",),
        names=("cursor agent", "cursor[bot]", "cursor", "cursor-agent", "cursoragent", "cursor ai"),
    ),
    Tool(
        "codex",
        "openai",
        mails=("noreply@openai.com", "codex@openai.com"),
        ids=(199175422,),
        logins=("chatgpt-codex-connector[bot]",),
        names=(
            "codex",
            "openai codex",
            "codex cli",
            "openai-codex",
            "codex-cli",
            "codex cloud",
            "chatgpt-codex-connector[bot]",
        ),
    ),
    Tool("chatgpt", "openai", names=("chatgpt", "openai chatgpt", "chat gpt", "chat-gpt")),
    Tool("openai", "openai", names=("openai",)),
    Tool(
        "devin",
        "cognition",
        ids=(158243242,),
        logins=("devin-ai-integration[bot]",),
        names=("devin-ai-integration[bot]", "devin ai", "devin-ai"),
        first_names=("devin",),
    ),
    Tool(
        "jules",
        "google",
        ids=(161369871,),
        logins=("google-labs-jules[bot]",),
        names=("google-labs-jules[bot]", "google jules", "google labs jules"),
        first_names=("jules",),
    ),
    Tool(
        "gemini",
        "google",
        mails=("noreply@google.com",),
        ids=(218312386,),
        logins=("gemini-cli[bot]",),
        names=("gemini", "gemini cli", "gemini-cli", "gemini-cli[bot]", "google gemini"),
    ),
    Tool(
        "gemini-code-assist",
        "google",
        ids=(176961590,),
        logins=("gemini-code-assist[bot]",),
        names=("gemini-code-assist[bot]", "gemini code assist", "gemini-code-assist"),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "aider",
        "aider",
        mails=("aider@aider.chat", "noreply@aider.dev", "noreply@aider.chat"),
        names=("aider", "aider-chat", "aider ai"),
    ),
    Tool(
        "amp",
        "sourcegraph",
        mails=("amp@ampcode.com",),
        names=("sourcegraph amp", "amp code", "ampcode", "amp agent"),
        first_names=("amp",),
    ),
    Tool(
        "openhands",
        "all-hands",
        mails=(
            "openhands@all-hands.dev",
            "opendevin@all-hands.dev",
            "opendevin@opendevin.ai",
            "bot@opendevin.com",
        ),
        names=("openhands", "opendevin", "openhands agent", "openhands-agent", "all hands bot"),
    ),
    Tool(
        "roo",
        "roo-code",
        mails=("roomote@roocode.com",),
        ids=(219738659,),
        logins=("roomote[bot]", "roomote-v0[bot]"),
        names=("roo code", "roomote", "roomote[bot]", "roomote-v0[bot]", "roo-code"),
    ),
    Tool(
        "droid",
        "factory",
        mails=("droid@factory.ai",),
        ids=(138933559,),
        logins=("factory-droid[bot]",),
        names=("factory droid", "factory-droid", "factory-droid[bot]", "droid"),
    ),
    Tool(
        "crush",
        "charm",
        mails=("crush@charm.land",),
        names=("crush", "charm crush", "💘 crush"),
    ),
    Tool(
        "qwen",
        "alibaba",
        mails=("qwen-coder@alibabacloud.com",),
        names=("qwen-coder", "qwen code", "qwen coder", "qwen-code"),
    ),
    Tool(
        "opencode",
        "opencode",
        mails=("noreply@opencode.ai",),
        logins=("opencode-agent[bot]",),
        names=("opencode", "opencode-agent[bot]", "opencode agent", "open code"),
    ),
    Tool(
        "junie",
        "jetbrains",
        mails=("junie@jetbrains.com",),
        names=("jetbrains junie",),
        first_names=("junie",),
    ),
    Tool(
        "oz",
        "warp",
        mails=("oz-agent@warp.dev",),
        names=("warp oz", "warp agent"),
        first_names=("oz",),
    ),
    Tool("replit", "replit", names=("replit agent", "replit assistant")),
    Tool(
        "lovable",
        "lovable",
        mails=("noreply@lovable.dev",),
        ids=(159125892,),
        logins=("gpt-engineer-app[bot]", "lovable-dev[bot]"),
        names=("gpt-engineer-app[bot]", "lovable-dev[bot]", "lovable"),
    ),
    Tool(
        "codeflash",
        "codeflash",
        ids=(148906541,),
        logins=("codeflash-ai[bot]",),
        names=("codeflash-ai[bot]",),
    ),
    Tool(
        "cubic",
        "cubic",
        ids=(191113872,),
        logins=("cubic-dev-ai[bot]",),
        names=("cubic-dev-ai[bot]",),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "hyperlint",
        "hyperlint",
        ids=(154288675,),
        logins=("hyperlint-ai[bot]",),
        names=("hyperlint-ai[bot]",),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "amazon-q",
        "amazon",
        ids=(208079219,),
        logins=("amazon-q-developer[bot]",),
        names=("amazon-q-developer[bot]", "amazon q developer", "amazon q"),
    ),
    Tool("sweep", "sweep", logins=("sweep-ai[bot]",), names=("sweep-ai[bot]", "sweep ai")),
    Tool("codegen", "codegen", logins=("codegen-sh[bot]",), names=("codegen-sh[bot]",)),
    Tool("v0", "vercel", logins=("v0[bot]",), names=("v0[bot]",)),
    Tool(
        "cline",
        "cline",
        logins=("cline[bot]",),
        names=("cline[bot]", "cline bot"),
        first_names=("cline",),
    ),
    Tool(
        "continue",
        "continue",
        logins=("continue[bot]",),
        names=("continue[bot]", "continue-cli", "continue cli"),
    ),
    Tool(
        "coderabbit",
        "coderabbit",
        ids=(136622811,),
        logins=("coderabbitai[bot]",),
        names=("coderabbitai[bot]", "coderabbitai", "coderabbit"),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "sourcery",
        "sourcery",
        logins=("sourcery-ai[bot]",),
        names=("sourcery-ai[bot]", "sourcery ai"),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "greptile",
        "greptile",
        logins=("greptile-apps[bot]",),
        names=("greptile-apps[bot]",),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "ellipsis",
        "ellipsis",
        logins=("ellipsis-dev[bot]",),
        names=("ellipsis-dev[bot]",),
        kind=Kind.SUGGESTER,
    ),
    Tool(
        "qodo",
        "qodo",
        logins=("qodo-merge-pro[bot]",),
        names=("qodo-merge-pro[bot]",),
        kind=Kind.SUGGESTER,
    ),
    Tool("windsurf", "windsurf", names=("windsurf", "windsurf cascade", "cascade")),
    Tool("kiro", "amazon", names=("aws kiro", "kiro agent", "kiro ide"), first_names=("kiro",)),
    Tool(
        "goose",
        "block",
        names=("block goose", "goose ai", "codename goose"),
        first_names=("goose",),
    ),
    Tool("cody", "sourcegraph", names=("sourcegraph cody",), first_names=("cody",)),
    Tool("pi", "pi", names=("pi coding agent", "pi-coding-agent"), first_names=("pi",)),
    Tool("firebender", "firebender", names=("firebender",)),
    Tool("grok", "xai", names=("grok", "grok build", "grok code")),
    Tool("kimi", "moonshot", names=("kimi", "kimi code", "kimi cli")),
)


@dataclass(frozen=True, slots=True)
class Match:
    """A recognised identity: the tool, how it was recognised (mail, id, login, name, first name),
    how certain that makes it (0 to 1), and the model that the name tells, if any."""

    tool: Tool
    how: str
    certainty: float
    model: str | None = None


_BY_MAIL = {mail: tool for tool in TOOLS for mail in tool.mails}
_BY_ID = {number: tool for tool in TOOLS for number in tool.ids}
_BY_NAMED_ID = {
    (number, name): tool for tool in TOOLS for number in tool.named_ids for name in tool.names
}
_BY_LOGIN = {login: tool for tool in TOOLS for login in tool.logins}
_BY_NAME = {name: tool for tool in TOOLS for name in tool.names}
_BY_FIRST_NAME = {name: tool for tool in TOOLS for name in tool.first_names}
_VENDOR_TOOL = {"anthropic": "claude", "openai": "openai", "google": "gemini"}
BY_TOOL_NAME = {tool.name: tool for tool in reversed(TOOLS)}


def recognise(name: str, mail: str) -> Match | None:
    """The tool that an identity stands for, or None. ``name`` and ``mail`` as git records them."""
    name, mail = " ".join(name.split()).casefold(), mail.strip().casefold()
    if match := _by_mail(name, mail):
        return Match(match.tool, match.how, match.certainty, model_in(name))
    return _by_name(name, mail)


def named(text: str) -> Tool | None:
    """The tool that a short free text names exactly, people's first names included."""
    words = " ".join(text.split()).casefold()
    return _BY_NAME.get(words) or _BY_FIRST_NAME.get(words) or BY_TOOL_NAME.get(words)


def tool_of_model(vendor: str | None) -> Tool | None:
    """The tool to name when only a model is known: its vendor's."""
    return BY_TOOL_NAME.get(_VENDOR_TOOL.get(vendor or "", ""))


def _by_mail(name: str, mail: str) -> Match | None:
    if tool := _BY_MAIL.get(mail):
        return Match(tool, "mail", HIGH)
    github = GITHUB_MAIL.match(mail)
    if github is None:
        return None
    number, login = github.groups()
    if number is None:
        tool = _BY_LOGIN.get(login)
        return Match(tool, "login", LOW) if tool else None
    tool = _BY_NAMED_ID.get((int(number), name)) or _BY_ID.get(int(number))
    if tool:
        return Match(tool, "id", HIGH)
    tool = _BY_LOGIN.get(login)
    # A login can be registered anew by anybody; "[bot]" is kept for GitHub apps.
    return (
        Match(tool, "login", MEDIUM)
        if tool and login.endswith("[bot]") and not _taken(int(number))
        else None
    )


def _taken(number: int) -> bool:
    return any(number in tool.named_ids for tool in TOOLS)


def _by_name(name: str, mail: str) -> Match | None:
    if tool := _BY_NAME.get(name):
        return Match(tool, "name", LOW)
    first = name.partition(" (")[0]
    if first in _BY_FIRST_NAME:
        tool = _BY_FIRST_NAME[first]
        alone = first == name and _placeholder(mail, first)
        return Match(tool, "first name", LOW if alone else WEAK)
    if (model := model_in(name)) and name.startswith(("claude ", "gpt", "gemini ")):
        vendor = (
            "anthropic"
            if name.startswith("claude")
            else "openai"
            if name.startswith("gpt")
            else "google"
        )
        tool = tool_of_model(vendor)
        return Match(tool, "name", LOW, model) if tool else None
    return None


def _placeholder(mail: str, name: str) -> bool:
    local, _, domain = mail.partition("@")
    return local.startswith(name) and domain in {"example.com", "example.org", "localhost", NOREPLY}
