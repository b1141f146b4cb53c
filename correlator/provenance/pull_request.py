"""What the pull request that a commit came by tells: who opened it, its branch, its description.

Weaker than what is said of the commit itself. It counts in full only where the commit is all of
the pull request (a squash, or its only commit): people add commits of their own to an agent's
branch. A branch's name alone decides only in the exact form in which a tool makes it, for people
are called Claude and Devin and name branches after databases' cursors.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from correlator.provenance.bodies import footer_claim, trailer_claim
from correlator.provenance.declared import FILE
from correlator.provenance.message import normalise, parse
from correlator.provenance.records import DETECTORS, Brought, Records
from correlator.provenance.strongest import once
from correlator.provenance.tools import HIGH, LOW, Kind, Tool, of_account
from correlator.types import Actor, Author, Claim, Commit

MECHANISM = "pull_request"
IN_TEXT = 0.6
HINT = 0.25
# Names that a tool gives its branches by itself: time, task number, or random letters in them.
_MADE = (
    ("devin", re.compile(r"\Adevin/\d{10}-[\w.-]{1,150}\Z")),
    ("jules", re.compile(r"\A(?:jules-\d{6,20}-[0-9a-f]{6,12}|[\w./-]{1,150}-\d{16,20})\Z")),
    ("claude", re.compile(r"\Aclaude/(?:issue|pr)-\d{1,9}-\d{8}[-_]\d{4,6}\Z")),
    ("claude", re.compile(r"\Aclaude/[\w.-]{1,150}-01[1-9A-HJ-NP-Za-km-z]{22}\Z")),
    ("copilot", re.compile(r"\Acopilot/fix-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{10,40}\Z")),
    ("seer", re.compile(r"\Aseer/[\w./-]{1,150}-[0-9a-zA-Z]{6}\Z")),
)
_PREFIXES = {
    "copilot": "copilot", "claude": "claude", "codex": "codex", "cursor": "cursor",
    "devin": "devin", "jules": "jules", "gemini": "gemini", "cline": "cline", "aider": "aider",
    "roomote": "roo", "seer": "seer", "openhands": "openhands", "factory": "droid",
}  # fmt: skip
_TASKS = (
    ("codex", re.compile(r"https://chatgpt\.com/codex/(?:cloud/)?tasks/(task_[\w-]{4,100})")),
    ("devin", re.compile(r"https://app\.devin\.ai/sessions/([0-9a-f]{8,64})")),
    ("jules", re.compile(r"https://jules\.google\.com/task/(\d{4,40})")),
    ("copilot", re.compile(r"https://github\.com/[\w.-]{1,100}/[\w.-]{1,100}/sessions/([\w-]{8,64})")),
    ("claude", re.compile(r"https://claude\.ai/code/(session_[\w-]{4,100})")),
    ("amp", re.compile(r"https://ampcode\.com/threads/(T-[\w-]{4,60})")),
)  # fmt: skip
# The words before a link that agents write, and words of people who point at one.
_MAKERS = re.compile(
    r"\b(?:link to devin|created automatically by jules|(?:generated|created) (?:with|by))\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\W{0,8}(?:see|cf|compare|like|unlike|related|relates|refs?|reference|from|found|fixes|closes"
    r"|reported|discussed|supersedes|replaces|follows|follow-up|based|context|thanks|previous)\b",
    re.IGNORECASE,
)
MOST_WORDS = 5
_TICKED = re.compile(r"\A[-*] \[[xX]\] (.{1,250})\Z")
_USED_AI = re.compile(
    r"\A(?:yes[,:.]? )?(?:I (?:have )?used (?:an )?(?:AI|LLM)"
    r"|(?:AI|LLM)[ -](?:assisted|generated)\b"
    r"|(?:this|the) (?:PR|pull request|change|code|contribution) (?:was|is|contains|includes) "
    r"(?:\w{1,12} ){0,3}(?:AI|LLM)[ -](?:assisted|generated)"
    r"|(?:generated|written|assisted) (?:by|with|using) (?:an )?(?:AI|LLM)\b)",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not|no|none|never|without|n't|if|whether|any)\b", re.IGNORECASE)


@DETECTORS.named(MECHANISM)
def pull_request(_: Commit, records: Records) -> Iterator[Claim]:
    """Claims from the pull request, weakened where the commit is only a part of it."""
    brought = records.pull_request
    if brought is None:
        return
    where = f"pull request {brought.pull.number}"
    for claim in once((*_of_people(brought, records), *_of_text(brought), *_of_branch(brought))):
        because = f"{where}: {claim.because}"
        if brought.whole:
            yield replace(claim, because=because)
            continue
        remark = "but this commit is only a part of it"
        yield replace(claim, certainty=min(claim.certainty, HINT), because=f"{because}; {remark}")


def _of_people(brought: Brought, records: Records) -> Iterator[Claim]:
    pull, declared = brought.pull, records.policy
    author = pull.author
    login = (author.login or "").casefold() if author else ""
    for name in (login, f"@{login}") if declared and login else ():
        said = f"{FILE} declares its author @{login}"
        if tool := declared.tools.get(name) if declared else None:
            yield _claim(tool, HIGH, f"{said} to be the agent {tool}", "authored")
        if declared and name in declared.bots:
            because = f"{said} to be a bot"
            yield replace(
                _claim("", HIGH, because, "authored"), author=Author.AUTOMATION, tool=None
            )
    if author is not None and (known := of_account(author.id, author.login)):
        yield _opened(known, author)
    if pull.via_app and (known := of_account(None, f"{pull.via_app}[bot]")):
        yield _claim(known.name, LOW, f"it was opened through the app {pull.via_app}", "assisted")


def _opened(tool: Tool, author: Actor) -> Claim:
    words = f"it was opened by {tool.name} ({author.shown[:100]})"
    if tool.kind is Kind.SUGGESTER:
        return _claim(tool.name, LOW, words, "suggested")
    return _claim(tool.name, HIGH, words, "authored")


def _of_text(brought: Brought) -> Iterator[Claim]:
    for line in brought.pull.footers:
        said = normalise(line)
        for tool, form in _TASKS:
            if found := form.search(said):
                yield _linked(tool, found, said[: found.start()], said[found.end() :])
        if claim := footer_claim(said):
            yield _in_text(claim)
        for trailer in parse(f"x\n\n{said}").trailers:
            if claim := trailer_claim(trailer):
                yield _in_text(claim)
        ticked = _TICKED.match(said)
        if ticked and _USED_AI.search(ticked[1]) and not _DENIES.search(ticked[1]):
            because = f"its author ticked '{ticked[1][:120]}'"
            yield replace(_claim("", IN_TEXT, because, "declared"), tool=None)


def _linked(tool: str, found: re.Match[str], before: str, after: str) -> Claim:
    """A link that a line is about, as agents write it; one that a sentence points at is a hint,
    and whose session it was is not known."""
    made = _MAKERS.search(before) is not None
    label = len(before.split()) <= MOST_WORDS and not _POINTING.match(before)
    if made or (label and len(after.split()) <= MOST_WORDS):
        because = f"its description links to a session of {tool}"
        return replace(_claim(tool, IN_TEXT, because), session=found[1])
    return _claim(tool, HINT, f"its description mentions a session of {tool}, maybe another's")


def _in_text(claim: Claim) -> Claim:
    because = f"its description: {claim.because}"
    certainty = min(claim.certainty, IN_TEXT)
    return replace(claim, mechanism=MECHANISM, certainty=certainty, because=because)


def _of_branch(brought: Brought) -> Iterator[Claim]:
    branch = brought.pull.head_ref or ""
    for tool, form in _MADE:
        if form.match(branch):
            yield _claim(tool, LOW, f"its branch {branch[:100]!r} is named as {tool} names them")
            return
    if known := _PREFIXES.get(branch.partition("/")[0].lower() if "/" in branch else ""):
        words = f"its branch {branch[:100]!r} begins as those of {known} do, as people's may, too"
        yield _claim(known, HINT, words)


def _claim(tool: str, certainty: float, because: str, role: str = "assisted") -> Claim:
    return Claim(
        author=Author.AI,
        mechanism=MECHANISM,
        role=role,
        certainty=certainty,
        because=because,
        tool=tool,
    )
