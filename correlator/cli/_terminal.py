"""An explanation as text for a terminal: the verdict, the suspects with their evidence, the code.

Colours are click's, which leaves them out where nobody looks. Nothing that an event or a
repository holds may steer the terminal: control characters become visible.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby

import click

from correlator.chances import percent
from correlator.plurals import many
from correlator.types import Author, CodeLine, Explanation, KindGuess, Snippet, Suspect

SUSPECTS = 3
# Commits that are shown of one pull request.
PARTS = 3
ROWS = 8
SNIPPETS = 2
COLUMN = 96
_COLOURS = {
    Author.AI: "magenta",
    Author.MIXED: "magenta",
    Author.HUMAN: "green",
    Author.AUTOMATION: "cyan",
    Author.UNKNOWN: "bright_black",
}


def as_text(told: Explanation) -> str:
    """All that is shown, a line a fact."""
    return "\n".join(_lines(told))


def kind_as_text(guess: KindGuess) -> str:
    """What sort of failure it is, how sure, and why."""
    head = click.style(f"Kind: {guess.kind.label}", bold=True)
    sure = "" if guess.abstained else f"  ({percent(guess.certainty)} sure)"
    also = f"; next likely: {guess.runner_up.label}" if guess.runner_up else ""
    return f"{head}{sure}\n  {plain(guess.because, 240)}{also}"


def advice_as_text(sentences: Sequence[str]) -> str:
    """What to do next, a sentence a line."""
    head = click.style("Next:", bold=True)
    return "\n".join(
        f"{head if not place else '     '} {one}" for place, one in enumerate(sentences)
    )


def plain(text: str, limit: int = 200) -> str:
    """One line without control characters, cut to ``limit``."""
    shown = "".join(char if char.isprintable() else "·" for char in text.replace("\t", "    "))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _lines(told: Explanation) -> Iterator[str]:
    yield from _verdict(told)
    labels = _labels(told.verdict.suspects)
    for place, parts in enumerate(_groups(told.verdict.suspects)[:SUSPECTS], 1):
        yield ""
        yield from _request(place, parts)
        for suspect in parts[:PARTS]:
            yield from _suspect(told, labels[suspect.sha], suspect)
        if len(parts) > PARTS:
            yield f"   and {len(parts) - PARTS} more of its commits"
    for snippet in told.snippets[:SNIPPETS]:
        yield ""
        yield from _snippet(told, snippet)
    if told.notes:
        yield ""
        yield from (click.style(f"note: {plain(note)}", fg="bright_black") for note in told.notes)


def _groups(suspects: Sequence[Suspect]) -> list[list[Suspect]]:
    """Suspects as they stand, those of one pull request together."""
    keys = groupby(suspects, lambda one: one.request.number if one.request else one.sha)
    return [list(parts) for _, parts in keys]


def _labels(suspects: Sequence[Suspect]) -> dict[str, str]:
    """By sha: the place of a suspect; of several commits of one request with a letter (1a, 1b)."""
    return {
        one.sha: f"{place}{chr(97 + part) if len(parts) > 1 else ''}"
        for place, parts in enumerate(_groups(suspects), 1)
        for part, one in enumerate(parts)
    }


def _request(place: int, parts: Sequence[Suspect]) -> Iterator[str]:
    """The pull request whose several commits follow."""
    request = parts[0].request
    if request is None or len(parts) < 2:
        return
    chance = f"{min(sum(one.probability for one in parts), 0.99):6.1%}"
    head = click.style(f"{place}. pull request #{request.number}", bold=True)
    yield f"{head} {chance}  {plain(request.title or '', COLUMN)}  ({len(parts)} commits)"


def _verdict(told: Explanation) -> Iterator[str]:
    culprit = told.verdict.culprit
    if culprit:
        sure = percent(told.verdict.confidence)
        head = click.style(f"Culprit: {culprit.sha[:10]}", bold=True, fg="red")
        yield f"{head}  {plain(_subject(told, culprit.sha), 90)}  ({sure} sure)"
    else:
        why = told.verdict.abstained
        yield click.style(f"No culprit named: {why}", bold=True, fg="yellow")
    yield "  " + plain(told.verdict.because, 240)
    scope = f"  deployed {(told.deployed or '?')[:10]}"
    if told.commits_in_range is not None:
        scope += f", {many(told.commits_in_range, 'commit')} since {(told.previous or '?')[:10]}"
    yield click.style(f"{scope}, answered in {told.seconds:.2f} s", fg="bright_black")


def _suspect(told: Explanation, place: str, suspect: Suspect) -> Iterator[str]:
    chance = f"{suspect.probability:6.1%}"
    head = click.style(f"{place}. {suspect.sha[:10]}", bold=True)
    where = "" if suspect.in_range or told.commits_in_range is None else "  before the range"
    yield f"{head} {chance}  {plain(_subject(told, suspect.sha), COLUMN)}{where}"
    if commit := told.commits.get(suspect.sha):
        who = plain(commit.author.name, 40)
        yield f"   {who}, {commit.committed_at:%Y-%m-%d}, {_wrote(told, suspect.sha)}"
    for row in suspect.evidence[:ROWS]:
        yield f"   {row.points:+6.2f}  {plain(row.because, 120)}"
    if rest := suspect.evidence[ROWS:]:
        points = sum(row.points for row in rest)
        yield f"   {points:+6.2f}  {len(rest)} more: {', '.join(row.signal for row in rest)}"
    yield click.style(f"   {suspect.score:6.2f}  in all", fg="bright_black")


def _snippet(told: Explanation, snippet: Snippet) -> Iterator[str]:
    name = f" in {plain(snippet.function, 80)}" if snippet.function else ""
    yield click.style(f"{plain(snippet.path, 160)}:{snippet.line}{name}", bold=True)
    if snippet.bundle:
        yield click.style(f"  by source map from {plain(snippet.bundle, 160)}", fg="bright_black")
    named = _labels(told.verdict.suspects)
    for line in snippet.lines:
        mark = click.style(">", fg="red", bold=True) if line.number == snippet.line else " "
        gutter = _gutter(told, snippet.path, line, named)
        yield f"{mark}{line.number:>5} {gutter} {plain(line.text, COLUMN)}"


def _gutter(told: Explanation, path: str, line: CodeLine, named: dict[str, str]) -> str:
    if line.origin is None:
        return " " * 22 + "│"
    sha = line.origin.sha
    known = told.line_provenance.get((path, line.number)) or told.provenance.get(sha)
    author = known.author if known else Author.UNKNOWN
    place = f"#{named[sha]}" if sha in named else ""
    text = f"{sha[:8]} {place:<3} {author.value:<10}"
    return click.style(text, fg=_COLOURS[author]) + "│"


def _subject(told: Explanation, sha: str) -> str:
    commit = told.commits.get(sha)
    return commit.subject if commit else ""


def _wrote(told: Explanation, sha: str) -> str:
    known = told.provenance.get(sha)
    if known is None or known.author is Author.UNKNOWN:
        return "provenance unknown"
    tools = f" ({', '.join(_few(known.tools))})" if known.tools else ""
    return click.style(plain(f"written by {known.author}{tools}"), fg=_COLOURS[known.author])


def _few(names: Iterable[str]) -> list[str]:
    return [plain(name, 40) for name in list(names)[:3]]


def as_data(told: Explanation) -> dict[str, object]:
    """The explanation for ``--json``: every field, line provenance as a list."""
    data = asdict(replace(told, line_provenance={}, locations=()))
    data["line_provenance"] = [
        {"path": path, "line": line, **asdict(known)}
        for (path, line), known in told.line_provenance.items()
    ]
    data["locations"] = [
        {
            "depth": at.depth,
            "chain": at.chain,
            "path": at.path,
            "line": at.line,
            "function": at.frame.function,
            "how": at.how,
            "bundle": at.bundle,
        }
        for at in told.locations
    ]
    return data
