"""A judgement as Markdown, for a comment on a pull request.

A repository's words go into code spans, where they can neither mention people nor draw images.
"""

from collections.abc import Iterator

from correlator.gate.judging import Judged, Judgement
from correlator.gate.showing import (
    MOST_SHOWN,
    WORDS,
    counts_of,
    nothing_to_judge,
    plain,
    waiver_told,
    waivers_used,
    worst_first,
)
from correlator.types import Outcome

_MARKS = {Outcome.KEPT: "✅", Outcome.BROKEN: "❌", Outcome.CANNOT_TELL: "❔"}
_LONGEST_COMMENT = 60_000  # GitHub takes 65,536 characters


def as_markdown(found: Judgement) -> str:
    """For a comment on a pull request: short above, all of it folded below."""
    text = "\n".join(_markdown_lines(found))
    return text if len(text) <= _LONGEST_COMMENT else text[:_LONGEST_COMMENT] + "\n\n… cut"


def _markdown_lines(found: Judgement) -> Iterator[str]:
    if not found.changes:
        yield f"### {_MARKS[found.outcome]} {nothing_to_judge(found)}"
        yield from (f"\n_Note:_ {_code(note)}" for note in found.notes)
        return
    yield f"### {_MARKS[found.outcome]} Policy {WORDS[found.outcome]}"
    yield ""
    yield f"{counts_of(found)}, to {_code(found.environment)}, by {_code(found.policy_from)}."
    changes = [one for one in worst_first(found) if one.rulings][:MOST_SHOWN]
    if changes:
        yield ""
        yield "| | Change | Written by | Rule | Why |"
        yield "|---|---|---|---|---|"
        for one in changes:
            yield from _rows(one)
    for (rule, excuse), shas in waivers_used(found).items():
        yield f"\n**Waived:** {_code(rule)} {_code(waiver_told(excuse, shas), 400)}"
    risk = found.risk
    yield ""
    yield f"**Risk from history: {risk.level}.** {_code(risk.because)}"
    if risk.files:
        yield ""
        yield "<details><summary>Fixes and reverts of these files</summary>"
        yield ""
        yield "| File | Changes | Fixes | Reverts | Issues |"
        yield "|---|---:|---:|---:|---:|"
        for file in risk.files:
            counts = (file.changes, file.fixes, file.reverts, file.issues)
            yield f"| {_code(file.path)} | {' | '.join(map(str, counts))} |"
        for issue in risk.issues:
            classes = f" ({_code(', '.join(issue.classes))})" if issue.classes else ""
            yield f"\n- {_code(f'{issue.project}#{issue.number} {issue.title}')}{classes}"
        yield ""
        yield "</details>"
    for note in found.notes:
        yield f"\n_Note:_ {_code(note)}"


def _rows(one: Judged) -> Iterator[str]:
    commit = one.change.commit
    for ruling in one.rulings:
        why = _code(ruling.because, 400) + (f" {_code(ruling.waived)}" if ruling.waived else "")
        yield (
            f"| {_MARKS[ruling.outcome]} | {_code(commit.sha[:12])} {_code(commit.subject, 80)} "
            f"| {one.change.provenance.author.value} | {_code(ruling.rule)} | {why} |"
        )


def _code(text: str, limit: int = 200) -> str:
    """A code span that nothing inside can end; a table's bar is escaped."""
    shown = plain(text, limit).replace("`", "'").replace("|", "\\|").strip()
    return f"`{shown}`" if shown else ""
