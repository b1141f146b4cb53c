"""Co-author trailers that name a known tool: the most common record there is.

The final block counts for more than a line elsewhere in the message. Counted once per tool,
role and model however often a squash repeats it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from correlator.provenance.message import Message, Trailer, parse
from correlator.provenance.models import model_in
from correlator.provenance.records import DETECTORS, Problem, Records
from correlator.provenance.strongest import once
from correlator.provenance.tools import LOW, MEDIUM, WEAK, Kind, Match, recognise, split_identity
from correlator.types import Author, Claim, Commit

KEYS = frozenset({"co-authored-by", "co-developed-by", "coauthored-by", "co-author"})
EDITOR_MAIL = "copilot@github.com"
# VS Code 1.117 and followers added this trailer to everything (microsoft/vscode #310226, #313931).
EDITOR_FROM = datetime(2026, 4, 21, tzinfo=UTC)
EDITOR_TO = datetime(2026, 5, 7, tzinfo=UTC)


@DETECTORS.named("trailers")
def trailers(commit: Commit, _: Records) -> Iterator[Claim | Problem]:
    """Claims of co-authorship by tools, and of suggestions that were accepted."""
    message = parse(commit.message)
    if message.cut:
        yield Problem("message", f"{message.cut} characters in its middle were too many to read")
    yield from once(_claims(commit, message))


def _claims(commit: Commit, message: Message) -> Iterator[Claim]:
    for trailer in message.trailers:
        if trailer.key not in KEYS:
            continue
        name, mail = split_identity(trailer.value)
        if match := recognise(name, mail):
            yield _claim(commit, trailer, match, mail)


def _claim(commit: Commit, trailer: Trailer, match: Match, mail: str) -> Claim:
    certainty, because = _weigh(commit, trailer, match, mail)
    suggested = match.tool.kind is Kind.SUGGESTER
    return Claim(
        author=Author.AI,
        mechanism="trailers",
        role="suggested" if suggested else "co-authored",
        certainty=min(certainty, LOW) if suggested else certainty,
        because=because,
        tool=match.tool.name,
        model=match.model or _model_in_brackets(trailer.value),
    )


def _weigh(commit: Commit, trailer: Trailer, match: Match, mail: str) -> tuple[float, str]:
    said = trailer.said
    if mail.casefold() == EDITOR_MAIL:
        if _in_editor_window(commit):
            return 0.0, f"{said}, but VS Code added this line to any commit in these weeks"
        return min(LOW, match.certainty), f"{said}: an editor's default, whoever typed"
    if match.how in {"name", "first name", "login"} and match.certainty < MEDIUM:
        words = "the name alone" if match.certainty > WEAK else "a name that people have, too"
        return match.certainty, f"{said} matches {match.tool.name} by {words}"
    if trailer.final:
        return match.certainty, f"{said} in the final trailer block names {match.tool.name}"
    return min(MEDIUM, match.certainty), f"{said} in the body names {match.tool.name}"


def _in_editor_window(commit: Commit) -> bool:
    return any(EDITOR_FROM <= at < EDITOR_TO for at in (commit.authored_at, commit.committed_at))


def _model_in_brackets(value: str) -> str | None:
    """aider writes ``aider (<model>) <mail>``; the model is kept as it is told."""
    inside = value.partition("(")[2].partition(")")[0]
    return model_in(inside)
