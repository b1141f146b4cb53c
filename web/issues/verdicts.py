"""What a verdict says to a reader, once people have had their word about its suspects.

A ruled-out suspect steps aside and the next one leads. Its chance is then the chance given that
the others are not it: p / (1 - what was ruled out).
"""

from collections.abc import Mapping, Sequence

from correlator.store.issues.listing import CONFIRMED, REJECTED
from correlator.store.tables import CommitRow, JudgementRow, SuspectRow, VerdictRow
from web import present
from web.issues import advice
from web.present import Shown

WAITING, NAMED, ABSTAINED, RULED_OUT = "waiting", "named", "abstained", "ruled-out"


def suspects(
    rows: Sequence[SuspectRow],
    said: Mapping[str, JudgementRow],
    commits: Mapping[str, CommitRow],
    repos: Mapping[int | None, str | None],
) -> list[Shown]:
    """The suspects in the order to look at them: confirmed, open, ruled out; else as ranked.

    Commits of one pull request are one suspect; ``parts`` holds them, the likeliest first, and
    ``probability`` is that of all. ``repos``: names by id, the verdict's own under None.
    """
    parts = [_part(row, said, commits, repos) for row in rows]
    shown = [_together(group) for group in _by_request(parts)]
    gone = sum(part["probability"] for part in parts if part["said"] == REJECTED)
    for one in shown:
        left = sum(part["probability"] for part in one["parts"] if part["said"] != REJECTED)
        one["chance"] = min(left / (1.0 - gone), 1.0) if 0.0 < gone < 1.0 else one["probability"]
        if one["said"] is not None:
            one["chance"] = one["probability"]
    order = {CONFIRMED: 0, None: 1, REJECTED: 2}
    return sorted(shown, key=lambda one: order[one["said"]])


def _part(
    row: SuspectRow,
    said: Mapping[str, JudgementRow],
    commits: Mapping[str, CommitRow],
    repos: Mapping[int | None, str | None],
) -> Shown:
    lost = row.service is not None and row.repo_id is None
    shown = present.suspect(row, commits.get(row.sha), None if lost else repos.get(row.repo_id))
    return {**shown, "said": _said(row.sha, said)}


def _by_request(parts: Sequence[Shown]) -> list[list[Shown]]:
    """Suspects of one pull request of one repository together, in the order of their first."""
    groups: dict[object, list[Shown]] = {}
    for part in parts:
        number = part["request"]["number"] if part["request"] else None
        key = (part["repository"], number) if number is not None else part["sha"]
        groups.setdefault(key, []).append(part)
    return list(groups.values())


def _together(parts: list[Shown]) -> Shown:
    """One suspect of its commits. It is ruled out when all of them are, confirmed when one is; the
    commit that speaks for it is the confirmed one, else the likeliest that nobody ruled out."""
    words = {part["said"] for part in parts}
    said = CONFIRMED if CONFIRMED in words else REJECTED if words == {REJECTED} else None
    first = next((part for part in parts if part["said"] == said), parts[0])
    return {
        **first,
        "said": said,
        "probability": min(sum(part["probability"] for part in parts), 1.0),
        "parts": parts,
    }


def _said(sha: str, said: Mapping[str, JudgementRow]) -> str | None:
    """What counts of what people said: a taken-back word does not."""
    word = said[sha].said if sha in said else None
    return word if word in {CONFIRMED, REJECTED} else None


def summary(verdict: VerdictRow | None, ranked: Sequence[Shown]) -> Shown:
    """The answer at a glance: its state, the leading suspect, how sure, and why."""
    lead = ranked[0] if ranked and ranked[0]["said"] != REJECTED else None
    if verdict is None:
        return {"state": WAITING, "lead": None, "confidence": None, "because": None, "reason": None}
    shown: Shown = {
        "state": NAMED,
        "lead": lead,
        "confidence": None,
        "because": verdict.because,
        "reason": None,
        "ruled_out": sum(one["said"] == REJECTED for one in ranked),
    }
    if lead is not None and lead["said"] == CONFIRMED:
        return {**shown, "confidence": 1.0}
    if verdict.abstained is not None:
        reason = {"name": verdict.abstained, "words": advice.words(verdict.abstained)}
        return {**shown, "state": ABSTAINED, "lead": None, "reason": reason}
    if lead is None:
        named = sum(one["probability"] for one in ranked)
        return {**shown, "state": RULED_OUT, "none": max(0.0, 1.0 - named) if ranked else None}
    if shown["ruled_out"]:
        strongest = lead["evidence"][0]["because"] if lead["evidence"] else "it is next in line"
        return {**shown, "confidence": lead["chance"], "because": strongest}
    return {**shown, "confidence": verdict.confidence}
