"""A judgement as one dict (for JSON) and as text for a terminal.

A repository's words go through ``plain`` in a terminal.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from correlator.gate.judging import Judged, Judgement
from correlator.plurals import many
from correlator.types import Accountability, Excuse, Outcome, PullRequest, Ruling, SignOff, Standing

WORDS = {
    Outcome.KEPT: "kept",
    Outcome.BROKEN: "broken",
    Outcome.CANNOT_TELL: "cannot tell",
}
MOST_SHOWN = 30


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
            "classes": [{"name": name, "issues": count} for name, count in found.risk.classes],
            "issues": [
                {"project": one.project, "number": one.number, "title": one.title, "url": one.url,
                 "culprit": one.culprit, "confidence": one.confidence,
                 "classes": list(one.classes)}
                for one in found.risk.issues
            ],
        },
        "waivers": [
            {"rule": rule, **_excuse(excuse), "changes": shas}
            for (rule, excuse), shas in waivers_used(found).items()
        ],
        "notes": list(found.notes),
    }  # fmt: skip


def waivers_used(found: Judgement) -> dict[tuple[str, Excuse], list[str]]:
    """The waivers that excused changes, by rule, with the full hashes of these."""
    used: dict[tuple[str, Excuse], list[str]] = {}
    for one in found.changes:
        for ruling in one.rulings:
            if ruling.excuse:
                used.setdefault((ruling.rule, ruling.excuse), []).append(one.change.commit.sha)
    return used


def waiver_told(excuse: Excuse, shas: list[str]) -> str:
    """A waiver in words: how many changes it excused, by whom, until when, why."""
    until = f"{excuse.until:%Y-%m-%d %H:%M} UTC"
    return f"for {many(len(shas), 'change')}, by {excuse.by} until {until}: {excuse.reason}"


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
        "waiver": _excuse(one.excuse) if one.excuse else None,
    }


def _excuse(one: Excuse) -> dict[str, Any]:
    return {"by": one.by, "reason": one.reason, "until": one.until.isoformat()}


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


def counts_of(found: Judgement) -> str:
    """How many changes there are, and how many of each outcome, in words."""
    counts = Counter(one.outcome for one in found.changes)
    told = [f"{counts[outcome]} {WORDS[outcome]}" for outcome in Outcome if counts[outcome]]
    changes = many(len(found.changes), "change")
    return f"{changes}: {', '.join(told)}" if told else changes


def nothing_to_judge(found: Judgement) -> str:
    """Said in place of 'kept' where there is no change: so that a wrong range is not taken for a
    good one."""
    if found.since == found.until:
        return f"Nothing to judge: both ends of the range are {found.until[:12]}."
    return f"Nothing to judge: {found.until[:12]} has no change that {found.since[:12]} lacks."


def worst_first(found: Judgement) -> list[Judged]:
    """The changes judged, broken before cannot tell before kept."""
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
    if not found.changes:
        yield nothing_to_judge(found)
        yield from (f"note: {plain(note)}" for note in found.notes)
        return
    yield f"Policy {WORDS[found.outcome]} ({counts_of(found)})"
    span = f"{found.since[:12]}..{found.until[:12]}"
    yield f"  {span} to {plain(found.environment)}, by {plain(found.policy_from)}"
    for one in worst_first(found)[:MOST_SHOWN]:
        change = one.change
        yield ""
        head = f"{change.commit.sha[:12]} {WORDS[one.outcome]:<11}"
        yield f"{head} {plain(change.commit.subject, 90)}"
        yield f"    {change.provenance.author.value}; {plain(_behind(change.accountability), 150)}"
        for ruling in one.rulings:
            said = f"{plain(ruling.rule)}: {plain(ruling.because, 400)}"
            yield f"    {WORDS[ruling.outcome]}: {said}"
            if ruling.waived:
                yield f"        {plain(ruling.waived, 300)}"
    if len(found.changes) > MOST_SHOWN:
        yield f"\n… and {len(found.changes) - MOST_SHOWN} more; --json has them all"
    yield ""
    for (rule, excuse), shas in waivers_used(found).items():
        yield f"Waived: {plain(rule)}, {plain(waiver_told(excuse, shas), 300)}"
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
