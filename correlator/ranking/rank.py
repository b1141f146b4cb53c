"""rank: a case becomes a verdict. The score of a suspect is the sum of its evidence rows."""

from collections.abc import Mapping
from dataclasses import replace

from correlator.ranking.case import Candidate, Case
from correlator.ranking.confidence import chances
from correlator.ranking.outside import changed_the_trace, outside
from correlator.ranking.signals import SIGNALS, Finding
from correlator.ranking.weights import Weights, shipped
from correlator.registry import load_room
from correlator.types import Abstention, Evidence, Suspect, Verdict

SUSPECTS = 10

load_room("correlator.ranking.signals")


def findings(case: Case, candidate: Candidate) -> dict[str, Finding]:
    """What every signal says of a candidate, by the signal's name."""
    said = ((name, look(case, candidate)) for name, look in SIGNALS.items())
    return {name: finding for name, finding in said if finding is not None}


def rank(case: Case, weights: Weights | None = None) -> Verdict:
    """Suspects, best first, with calibrated chances; or a named reason to name none."""
    weights = weights or shipped()
    if not case.places and not case.candidates:
        return silent(Abstention.NO_FRAME_IN_REPOSITORY, weights)
    scored = [(evidence(findings(case, one), weights.points), one) for one in case.candidates]
    scored.sort(key=lambda pair: (-_sum(pair[0]), pair[1].age))
    likely = chances([_sum(rows) for rows, _ in scored], weights)
    suspects = tuple(
        Suspect(
            sha=one.commit.sha,
            score=_sum(rows),
            probability=chance,
            in_range=one.in_range,
            evidence=rows,
        )
        for (rows, one), chance in zip(scored[:SUSPECTS], likely, strict=False)
    )
    confidence = likely[0] if likely else 0.0
    if (why := outside(case.event)) and not changed_the_trace(suspects):
        because = f"{why}, and no change of this deploy touched the code that asked it"
        return replace(silent(Abstention.LOOKS_EXTERNAL, weights, suspects), because=because)
    if confidence < weights.name_from:
        return silent(Abstention.NOTHING_STANDS_OUT, weights, suspects, confidence)
    return Verdict(
        suspects=suspects,
        confidence=confidence,
        abstained=None,
        because=_because(suspects[0]),
        weights=weights.version,
    )


_WORDS = {
    Abstention.NO_FRAMES: "the event holds no stack trace",
    Abstention.NO_FRAME_IN_REPOSITORY: "no frame of the trace lies in the repository",
    Abstention.NOTHING_STANDS_OUT: "no change stands out from the others",
}


def silent(
    why: Abstention,
    weights: Weights | None = None,
    suspects: tuple[Suspect, ...] = (),
    confidence: float = 0.0,
) -> Verdict:
    """A verdict that names nobody; suspects stay, for a reader who wants to look."""
    return Verdict(
        suspects=suspects,
        confidence=confidence,
        abstained=why,
        because=_WORDS.get(why, why.value.replace("-", " ")),
        weights=(weights or shipped()).version,
    )


def evidence(found: Mapping[str, Finding], points: Mapping[str, float]) -> tuple[Evidence, ...]:
    """Findings times their points, the weightiest first; a signal without points says nothing."""
    rows = [
        Evidence(
            signal=name,
            points=points[name] * finding.strength,
            because=finding.because,
            path=finding.path,
            line=finding.line,
        )
        for name, finding in found.items()
        if points.get(name)
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.points), row.signal)))


def _sum(rows: tuple[Evidence, ...]) -> float:
    return sum(row.points for row in rows)


def _because(suspect: Suspect) -> str:
    """The rows to say first: two that point to code, which a reader can look at, then others."""
    for_it = [row for row in suspect.evidence if row.points > 0]
    pointing = [row for row in for_it if row.path][:2]
    others = [row for row in for_it if row not in pointing]
    said = [*pointing, *others][:3]
    return "; ".join(row.because for row in said) or "it is the likeliest of the candidates"
