"""What a verdict says to a reader, once people have had their word about its suspects."""

from collections.abc import Mapping, Sequence

from correlator.store.issues.listing import REJECTED
from correlator.store.tables import CommitRow, JudgementRow, SuspectRow, VerdictRow
from correlator.store.verdicts.answers import (
    State,
    Whole,
    answered,
    repository_of,
    said_of,
    taken_together,
)
from web import present
from web.issues import advice
from web.present import Shown


def suspects(
    ranked: Sequence[Whole],
    said: Mapping[str, JudgementRow],
    commits: Mapping[str, CommitRow],
    repos: Mapping[int | None, str | None],
) -> list[Shown]:
    """The suspects in the order to look at them; ``parts`` holds the commits of each, the
    likeliest first. ``repos``: names by id, the verdict's own under None."""

    def part(row: SuspectRow) -> Shown:
        shown = present.suspect(row, commits.get(row.sha), repository_of(row, repos))
        return {**shown, "said": said_of(row.sha, said)}

    return [
        {
            **part(one.first),
            "said": one.said,
            "probability": one.probability,
            "chance": one.chance,
            "parts": [part(row) for row in one.rows],
        }
        for one in ranked
    ]


def told(
    verdict: VerdictRow | None,
    rows: Sequence[SuspectRow],
    said: Mapping[str, JudgementRow],
    commits: Mapping[str, CommitRow],
    repos: Mapping[int | None, str | None],
) -> tuple[Shown, list[Shown]]:
    """The answer at a glance (its state, the leading suspect, how sure, and why), and all
    suspects."""
    ranked = taken_together(rows, said, repos)
    shown = suspects(ranked, said, commits, repos)
    return _summary(verdict, ranked, shown), shown


def _summary(verdict: VerdictRow | None, ranked: Sequence[Whole], shown: list[Shown]) -> Shown:
    answer = answered(verdict, ranked)
    summary: Shown = {
        "state": answer.state.value,
        "lead": shown[0] if answer.lead else None,
        "confidence": answer.confidence,
        "because": verdict.because if verdict else None,
        "reason": None,
    }
    if verdict is None:
        return summary
    summary["ruled_out"] = sum(one.said == REJECTED for one in ranked)
    if answer.state is State.ABSTAINED:
        words = advice.words(verdict.abstained or "")
        return {**summary, "reason": {"name": verdict.abstained, "words": words}}
    if answer.state is State.RULED_OUT:
        named = sum(one.probability for one in ranked)
        return {**summary, "none": max(0.0, 1.0 - named) if ranked else None}
    if answer.lead and answer.lead.said is None and summary["ruled_out"]:
        evidence = shown[0]["evidence"]
        summary["because"] = evidence[0]["because"] if evidence else "it is next in line"
    return summary
