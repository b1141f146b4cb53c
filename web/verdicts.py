"""What a verdict says to a reader, once people have had their word about its suspects.

A ruled-out suspect steps aside and the next one leads. Its chance is then the chance given that
the others are not it: p / (1 - what was ruled out).
"""

from collections.abc import Mapping, Sequence

from correlator.store.issue_list import CONFIRMED, REJECTED
from correlator.store.tables import CommitRow, JudgementRow, SuspectRow, VerdictRow
from web import advice, present
from web.present import Shown

WAITING, NAMED, ABSTAINED, RULED_OUT = "waiting", "named", "abstained", "ruled-out"


def suspects(
    rows: Sequence[SuspectRow],
    said: Mapping[str, JudgementRow],
    commits: Mapping[str, CommitRow],
    repo: str | None,
) -> list[Shown]:
    """The suspects in the order to look at them: confirmed, open, ruled out; else as ranked."""
    shown = [present.suspect(row, commits.get(row.sha), repo) for row in rows]
    gone = sum(row.probability for row in rows if _said(row.sha, said) == REJECTED)
    for one in shown:
        one["said"] = _said(one["sha"], said)
        if one["said"] is None and 0.0 < gone < 1.0:
            one["chance"] = min(one["probability"] / (1.0 - gone), 1.0)
    order = {CONFIRMED: 0, None: 1, REJECTED: 2}
    return sorted(shown, key=lambda one: order[one["said"]])


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
        return {**shown, "state": RULED_OUT}
    if shown["ruled_out"]:
        strongest = lead["evidence"][0]["because"] if lead["evidence"] else "it is next in line"
        return {**shown, "confidence": lead["chance"], "because": strongest}
    return {**shown, "confidence": verdict.confidence}
