"""A judgement as one dict (for JSON), as text for a terminal, as Markdown for a comment.

A repository's words go through ``plain`` in a terminal, and in Markdown into code spans, where
they can neither mention people nor draw images.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from correlator.gate.judging import Judged, Judgement
from correlator.types import Accountability, Outcome, PullRequest, Ruling, SignOff, Standing

_WORDS = {
    Outcome.KEPT: "kept",
    Outcome.BROKEN: "broken",
    Outcome.CANNOT_TELL: "cannot tell",
}
_MARKS = {Outcome.KEPT: "✅", Outcome.BROKEN: "❌", Outcome.CANNOT_TELL: "❔"}
MOST_SHOWN = 30
_LONGEST_COMMENT = 60_000  # GitHub takes 65,536 characters


def as_dict(found: Judgement) -> dict[str, Any]:
    """All of it, as plain values."""
    return {
        "from": found.since,
        "to": found.until,
        "at": found.at.isoformat(),
        "environment": found.environment,
        "policy": found.policy_from,
        "outcome": found.outcome.value,
        "changes": [_change(one) for one in found.changes],
        "risk": {
            "level": found.risk.level,
            "because": found.risk.because,
            "commits_looked_at": found.risk.looked_at,
            "usual_share": round(found.risk.usual, 3),
            "files": [
                {"path": one.path, "changes": one.changes, "fixes": one.fixes,
                 "reverts": one.reverts, "issues": one.issues}
                for one in found.risk.files
            ],
            "issues": [
                {"project": one.project, "number": one.number, "title": one.title, "url": one.url,
                 "culprit": one.culprit, "confidence": one.confidence,
                 "classes": list(one.classes)}
                for one in found.risk.issues
            ],
        },
        "notes": list(found.notes),
    }  # fmt: skip


def _change(one: Judged) -> dict[str, Any]:
    change = one.change
    return {
        "sha": change.commit.sha,
        "subject": change.commit.subject[:300],
        "provenance": {
            "author": change.provenance.author.value,
            "certainty": round(change.provenance.certainty, 2),
            "because": change.provenance.because,
            "tools": list(change.provenance.tools),
        },
        "pull_request": change.number,
        "paths": list(change.paths),
        "outcome": one.outcome.value,
        "rulings": [ruling_dict(ruling) for ruling in one.rulings],
        "accountability": account_dict(change.accountability),
    }


def ruling_dict(one: Ruling) -> dict[str, Any]:
    """A ruling as plain values."""
    return {
        "rule": one.rule,
        "kind": one.kind,
        "outcome": one.outcome.value,
        "because": one.because,
        "waived": one.waived,
    }


def account_dict(one: Accountability) -> dict[str, Any]:
    """An account as plain values; mails are left to the commit."""
    return {
        "standing": [_standing(who) for who in one.standing],
        "human": _standing(one.human) if one.human else None,
        "pull_request": _pull(one.pull_request) if one.pull_request else None,
        "sign_offs": [_sign_off(word) for word in one.sign_offs],
        "owned": [
            {
                "pattern": part.pattern, "line": part.line, "section": part.section,
                "optional": part.optional, "owners": list(part.owners),
                "signed": list(part.signed), "unknown": list(part.unknown),
                "paths": list(part.paths[:50]), "files": len(part.paths),
            }
            for part in one.owned
        ],
        "reviews_known": one.reviews_known,
        "review_seconds": one.review_seconds,
        "lines": one.lines,
        "notes": list(one.notes),
    }  # fmt: skip


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "role": one.role,
        "who": one.who.shown,
        "is_machine": one.who.is_machine,
        "because": one.because,
    }


def _pull(one: PullRequest) -> dict[str, Any]:
    return {
        "forge": one.forge,
        "repository": one.repository,
        "number": one.number,
        "title": one.title,
        "url": one.url,
        "state": one.state,
        "merged_at": one.merged_at.isoformat() if one.merged_at else None,
        "head": one.head,
    }


def _sign_off(one: SignOff) -> dict[str, Any]:
    return {
        "who": one.who.shown,
        "state": one.state.value,
        "because": one.because,
        "source": one.source,
        "at": one.at.isoformat() if one.at else None,
        "commit": one.commit,
    }


def _counts(found: Judgement) -> str:
    counts = Counter(one.outcome for one in found.changes)
    told = [f"{counts[outcome]} {_WORDS[outcome]}" for outcome in Outcome if counts[outcome]]
    changes = f"{len(found.changes)} change{'s' if len(found.changes) != 1 else ''}"
    return f"{changes}: {', '.join(told)}" if told else changes


def _worst_first(found: Judgement) -> list[Judged]:
    order = [Outcome.BROKEN, Outcome.CANNOT_TELL, Outcome.KEPT]
    return sorted(found.changes, key=lambda one: order.index(one.outcome))


def plain(text: str, limit: int = 200) -> str:
    """One line without control characters, cut to ``limit``."""
    shown = "".join(one if one.isprintable() else "·" for one in text.replace("\t", " "))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def as_text(found: Judgement) -> str:
    """For a terminal, a line a fact; what is broken first."""
    return "\n".join(_text_lines(found))


def _text_lines(found: Judgement) -> Iterator[str]:
    yield f"Policy {_WORDS[found.outcome]} ({_counts(found)})"
    span = f"{found.since[:12]}..{found.until[:12]}"
    yield f"  {span} to {plain(found.environment)}, by {plain(found.policy_from)}"
    for one in _worst_first(found)[:MOST_SHOWN]:
        change = one.change
        yield ""
        head = f"{change.commit.sha[:12]} {_WORDS[one.outcome]:<11}"
        yield f"{head} {plain(change.commit.subject, 90)}"
        yield f"    {change.provenance.author.value}; {plain(_behind(change.accountability), 150)}"
        for ruling in one.rulings:
            said = f"{plain(ruling.rule)}: {plain(ruling.because, 400)}"
            yield f"    {_WORDS[ruling.outcome]}: {said}"
            if ruling.waived:
                yield f"        {plain(ruling.waived, 300)}"
    if len(found.changes) > MOST_SHOWN:
        yield f"\n… and {len(found.changes) - MOST_SHOWN} more; --json has them all"
    yield ""
    yield f"Risk from history: {found.risk.level}. {plain(found.risk.because, 300)}"
    for issue in found.risk.issues:
        kinds = f" [{', '.join(issue.classes)}]" if issue.classes else ""
        yield plain(f"  issue {issue.project}#{issue.number}{kinds}: {issue.title}", 200)
    yield from (f"note: {plain(note)}" for note in found.notes)


def _behind(one: Accountability) -> str:
    human = "no person known behind it"
    if one.human:
        human = f"behind it: {one.human.who.shown} ({one.human.because})"
    signed = ", ".join(word.who.shown for word in one.signed) or "nobody that we know of"
    return f"{human}; signed off: {signed}"


def as_markdown(found: Judgement) -> str:
    """For a comment on a pull request: short above, all of it folded below."""
    text = "\n".join(_markdown_lines(found))
    return text if len(text) <= _LONGEST_COMMENT else text[:_LONGEST_COMMENT] + "\n\n… cut"


def _markdown_lines(found: Judgement) -> Iterator[str]:
    yield f"### {_MARKS[found.outcome]} Policy {_WORDS[found.outcome]}"
    yield ""
    yield f"{_counts(found)}, to {_code(found.environment)}, by {_code(found.policy_from)}."
    changes = [one for one in _worst_first(found) if one.rulings][:MOST_SHOWN]
    if changes:
        yield ""
        yield "| | Change | Written by | Rule | Why |"
        yield "|---|---|---|---|---|"
        for one in changes:
            yield from _rows(one)
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
