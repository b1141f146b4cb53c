"""The truth about the demo: for each incident, the change that did it, by hash.

Tests and benchmarks hold Correlator's answers against it; Correlator itself never reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from correlator.demo.building import History
from correlator.demo.incidents import Incident


@dataclass(frozen=True, slots=True)
class Truth:
    """An incident and its culprit's hash; None: the verdict must abstain."""

    incident: Incident
    culprit: str | None


def truths(history: History, incidents: tuple[Incident, ...]) -> tuple[Truth, ...]:
    """The truth about each incident, in the order in which they happen."""
    return tuple(
        Truth(incident, history.shas[incident.culprit] if incident.culprit else None)
        for incident in incidents
    )


def as_records(found: tuple[Truth, ...]) -> list[Mapping[str, str | None]]:
    """The truths as JSON has them: an issue is known by the release and the type it came with."""
    return [
        {
            "incident": truth.incident.name,
            "release": truth.incident.release,
            "type": truth.incident.raises,
            "culprit": truth.culprit,
            "author": truth.incident.author,
            "tool": truth.incident.tool,
        }
        for truth in found
    ]
