"""Whom we know: an identity or a name becomes a tool. The facts are in ``tools.toml``.

An identity is matched by exact mail first, then by GitHub's numeric account id (the login may
change, the id does not), then by exact name. Never by a part of a name or by a mail domain:
vendors have employees, and people are called Claude.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from typing import Any

from correlator.provenance.models import model_in, read_model

NOREPLY = "users.noreply.github.com"
GITHUB_MAIL = re.compile(r"\A(?:(\d{1,12})\+)?([^@\s]{1,100})@users\.noreply\.github\.com\Z")

_MAIL = re.compile(r"\A[^@\s<>]{1,100}@[^@\s<>]{1,200}\Z")

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


def _read() -> tuple[Tool, ...]:
    text = resources.files(__package__).joinpath("tools.toml").read_text("utf-8")
    return tuple(_tool(one) for one in tomllib.loads(text)["tool"])


def _tool(one: dict[str, Any]) -> Tool:
    lists = {name: tuple(value) for name, value in one.items() if isinstance(value, list)}
    kind = Kind(one.get("kind", Kind.AGENT.value))
    return Tool(name=one["name"], vendor=one["vendor"], kind=kind, **lists)


TOOLS = _read()


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
_NOREPLY_NAMES = frozenset({"noreply", "no-reply", "bot"})
_PLACEHOLDERS = frozenset({"example.com", "example.org", "example.net", "localhost"})
_VENDOR_TOOL = {"anthropic": "claude", "openai": "openai", "google": "gemini"}
BY_TOOL_NAME = {tool.name: tool for tool in reversed(TOOLS)}


def recognise(name: str, mail: str) -> Match | None:
    """The tool that an identity stands for, or None. ``name`` and ``mail`` as git records them."""
    name, mail = " ".join(name.split()).casefold(), mail.strip().casefold()
    if match := _by_mail(name, mail):
        return Match(match.tool, match.how, match.certainty, model_in(name))
    return _by_name(name, mail)


def of_account(number: int | None, login: str | None) -> Tool | None:
    """The tool that a forge's account is: by its number, else by an app's login. REST writes
    ``copilot-swe-agent[bot]``, hooks ``Copilot`` with the same number; a plain login can be
    anybody's."""
    name = (login or "").strip().casefold()
    if number is not None and (tool := _BY_NAMED_ID.get((number, name)) or _BY_ID.get(number)):
        return tool
    return _BY_LOGIN.get(name) if name.endswith("[bot]") else None


def split_identity(value: str) -> tuple[str, str]:
    """Name and mail of ``Name <mail>``, the last ``>`` of which may be lost; the mail is empty if
    there is none."""
    name, opened, rest = value.partition("<")
    mail, closed, _ = rest.partition(">")
    cut_off = not closed and _MAIL.match(mail.strip())
    is_mail = opened and (closed or cut_off)
    return (name.strip(), mail.strip()) if is_mail else (value.strip(), "")


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
    # GitHub keeps "[bot]" for apps; any other login can be registered anew by anybody.
    tool = _BY_LOGIN.get(login) if login.endswith("[bot]") else None
    return Match(tool, "login", MEDIUM) if tool else None


def _by_name(name: str, mail: str) -> Match | None:
    """By name alone: low, and weak where a person's own mail stands beside a name that a person
    or a nickname may be."""
    if tool := _BY_NAME.get(name):
        sure = " " in name or name.endswith("[bot]") or _nobodys(mail, name)
        return Match(tool, "name", LOW if sure else WEAK)
    first, _, more = name.partition(" (")
    if tool := _BY_FIRST_NAME.get(first):
        alone = not more and (not mail or _is_noreply(mail))
        return Match(tool, "first name", LOW if alone else WEAK)
    model = read_model(name) if " " in name or "-" in name else None
    tool = tool_of_model(model.vendor) if model and model.version else None
    return Match(tool, "name", LOW, model.name) if tool and model else None


def _nobodys(mail: str, name: str) -> bool:
    """No mail, or one that is no person's: ``noreply@``, ``codex@example.com``."""
    local, _, domain = mail.partition("@")
    return not mail or _is_noreply(mail) or (domain in _PLACEHOLDERS and local.startswith(name))


def _is_noreply(mail: str) -> bool:
    return mail.partition("@")[0] in _NOREPLY_NAMES


_SPELLED = {
    "claude-web": "claude",
    "claudecode": "claude",
    "claude_code": "claude",
    "cursor-agent": "cursor",
    "codex-cloud": "codex",
    "github-copilot-agent": "copilot",
    "github-copilot-cli": "copilot",
    "github-copilot-jetbrains": "copilot",
    "copilot-cli": "copilot",
    "continue-cli": "continue",
    "roo-background": "roo",
    "roo-code": "roo",
    "gemini-cli": "gemini",
    "qwen-code": "qwen",
    "factory": "droid",
}
_NO_TOOL = frozenset({"", "unknown", "agent", "human"})


def tool_name(raw: str | None) -> str | None:
    """Our name for a tool as a record spells it; a tool we do not know keeps its own name, in
    lower case; None where none is named."""
    words = " ".join((raw or "").split()).casefold()[:60]
    if words in _NO_TOOL:
        return None
    tool = named(words)
    return tool.name if tool else _SPELLED.get(words, words)
