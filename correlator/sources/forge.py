"""What the hooks of GitHub and GitLab have in common: proof of the sender, and reading names."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from correlator.errors import Refused
from correlator.sources.decompress import decompress
from correlator.sources.envelope import dump_json, load_json
from correlator.sources.lenient import as_text, as_whole
from correlator.sources.scrub import scrub
from correlator.sources.source import Limits
from correlator.types import Actor, BranchCommit

_SHA = re.compile(r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
# GitLab's access tokens act as accounts of this form; GitHub says type Bot.
_TOKEN_ACCOUNT = re.compile(r"\A(?:project|group|service_account)_\d+_bot")
_LOGIN = re.compile(r"\A[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98})\Z")
# Who set an agent to work, as Devin and Jules say it in the description of a pull request.
_REQUESTED = (
    re.compile(r"^\W{0,4}Requested by:?\W{1,8}(@?[\w.-]{1,100})[^\n]{0,100}$", re.MULTILINE),
    re.compile(r"PR created automatically by Jules for task [^\n]{1,200}started by @([\w-]{1,39})"),
)
# Accounts that write code by themselves; the same as in the provenance room's table.
AGENT_LOGINS = frozenset({"copilot", "copilot-swe-agent", "devin-ai-integration", "claude"})
BODY_READ = 20_000
# Lines of a description that may tell who wrote the change, or what it mends; the rest of it is
# not kept.
_TELLING = re.compile(
    r"https://(?:chatgpt\.com/codex|app\.devin\.ai/sessions|jules\.google\.com/task"
    r"|claude\.ai/code|ampcode\.com/threads|github\.com/[\w.-]{1,100}/[\w.-]{1,100}/sessions)/"
    r"|\b(?:generated|created|made|built)(?: automatically)? (?:with|by|using)\b"
    r"|\A(?:co-authored-by|assisted-by|generated-by|ai-assisted|claude-session|amp-thread-id"
    r"|agent-logs-url)[ \t]*:"
    r"|\A[-*] \[[xX]\] .{0,200}\b(?:AI|LLM|Copilot|Claude|ChatGPT|Codex|Gemini|Cursor)\b"
    r"|\A[*_#]{0,6}[ ]?(?:AI|LLM)[ -](?:usage|use|disclosure|assistance)\b"
    # And which failure it mends.
    r"|\b(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|mend(?:s|ed)?):?[ \t]{1,3}(?:issue )?[\[(<]{0,2}"
    r"(?:https?://|[\w-]{1,100}-[0-9a-z]{1,12}\b)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
MOST_COMMITS = 1000
MOST_FOOTERS = 20
LONGEST_FOOTER = 300


def hub_signature_holds(body: bytes, signature: str, secret: str) -> bool:
    """Whether ``sha256=<hex>`` is the HMAC of exactly these bytes; takes the same time always."""
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), signature.strip().lower().encode("utf-8", "replace"))


def token_holds(token: str, secret: str) -> bool:
    """Whether GitLab's plain token is the secret; takes the same time always."""
    # Digests, because compare_digest tells the length of what it is given.
    given = hashlib.sha256(token.encode("utf-8", "replace")).digest()
    return hmac.compare_digest(given, hashlib.sha256(secret.encode()).digest())


def said_in(body: bytes, encoding: str, limits: Limits) -> dict[str, Any]:
    """The hook's JSON object. Refused when it is none, or too large."""
    said = load_json(decompress(body, encoding, limits.decoded), "The hook's body")
    if not isinstance(said, dict):
        raise Refused(400, "json", "The hook's body is JSON, but not an object.")
    return said


def scrubbed_hook(body: bytes, encoding: str, limits: Limits) -> bytes:
    """The hook's JSON without what looks like a secret."""
    return dump_json(scrub(said_in(body, encoding, limits)))


def inner(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within an object; an empty one if there is none."""
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}


def text(said: Mapping[str, Any], name: str, limit: int) -> str | None:
    """Stripped text of a scalar field; None when it is missing or blank."""
    value = said.get(name)
    return (
        None if isinstance(value, list | Mapping) else (as_text(value, limit) or "").strip() or None
    )


def sha(said: Mapping[str, Any], name: str) -> str | None:
    """A full hash; None for anything else."""
    value = said.get(name)
    return value if isinstance(value, str) and _SHA.match(value) else None


def address(said: Mapping[str, Any], name: str) -> str | None:
    """An address of the web; None for anything else."""
    url = text(said, name, 1000)
    return url if url and url.startswith(("https://", "http://")) else None


def account_id(said: Mapping[str, Any]) -> int | None:
    """A forge's number of an account or a review; None when it is none."""
    value = said.get("id")
    if isinstance(value, bool) or not isinstance(value, int):
        return as_whole(value)
    return value if 0 < value < 2**62 else None


def actor(said: Mapping[str, Any]) -> Actor | None:
    """An account as a forge tells of it; None if it names nobody."""
    login = text(said, "login", 100) or text(said, "username", 100)
    number = account_id(said)
    if login is None and number is None:
        return None
    mail = text(said, "email", 320)
    is_machine = (
        text(said, "type", 20) == "Bot"
        or (login or "").endswith("[bot]")
        or _TOKEN_ACCOUNT.match(login or "") is not None
        or said.get("bot") is True
    )
    return Actor(
        login=login,
        id=number,
        name=text(said, "name", 200),
        email=mail if mail and "@" in mail else None,
        is_machine=is_machine,
    )


def requesters(body: object) -> Iterator[str]:
    """Logins that a description names as having asked an agent for the change."""
    if not isinstance(body, str):
        return
    for form in _REQUESTED:
        if found := form.search(body[:BODY_READ]):
            login = found[1].removeprefix("@")
            if _LOGIN.match(login):
                yield login


def footers(body: object) -> tuple[str, ...]:
    """The lines of a description that may tell who wrote the change: no comments that a template
    left, nothing quoted or fenced."""
    if not isinstance(body, str):
        return ()
    found: list[str] = []
    fenced = False
    for line in _HIDDEN.sub("", body[:BODY_READ]).splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        bare = line.strip()[: LONGEST_FOOTER + 1]
        quoted = fenced or line.startswith((">", "    ", "\t")) or len(bare) > LONGEST_FOOTER
        if not quoted and _TELLING.search(bare):
            found.append(as_text(bare, LONGEST_FOOTER) or "")
    return tuple(found[:MOST_FOOTERS])


def branch_commits(
    entries: Iterable[tuple[str | None, datetime | None, object]],
) -> tuple[BranchCommit, ...]:
    """Commits of a branch from (hash, the author's time, message); what lacks one is left out."""
    found = []
    for name, at, message in entries:
        if name is not None and at is not None and isinstance(message, str):
            subject = as_text(message[:4000].strip().partition("\n")[0], 300) or ""
            found.append(BranchCommit(name, at.replace(microsecond=0), subject.strip()))
    return tuple(found[:MOST_COMMITS])
