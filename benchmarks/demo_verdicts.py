"""The verdicts on the demo's incidents, without a server: the place of each true culprit.

    .venv/bin/python -m benchmarks.demo_verdicts [DIRECTORY]

Builds the history, runs the releases, and asks `explain` about the first event of each incident.
With DIRECTORY, repository and events stay there, one INCIDENT.json each, for `correlator explain`.
Exit code 1 if a culprit is not in the first place, or is named where there is none.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from correlator.cli.explain import read_event
from correlator.code.repo import Repo
from correlator.demo.building import History, build
from correlator.demo.expected import Truth, truths
from correlator.demo.play import QUIET, Stage, play
from correlator.demo.score import read
from correlator.investigation import explain
from correlator.types import Explanation
from tests.sink import Sink, open_sink


def record(home: Path) -> tuple[History, tuple[Truth, ...], Sink]:
    """Build and play everything against a sink."""
    score, incidents = read("correlator.demo.history")
    now = datetime.now(UTC)
    history = build(score, home / "checkout.git", now - QUIET)
    with open_sink() as sink:
        stage = Stage(
            dsn=f"http://key@{sink.address}/1",
            server=f"http://{sink.address}",
            token="cor_recorded",
            deployed=home / "deployed",
        )
        play(stage, history, incidents, now, lambda _: None)
    return history, truths(history, incidents), sink


def explained(history: History, release: str, event: dict[str, Any]) -> Explanation:
    """What `explain` says of an event of that release."""
    names = list(history.releases)
    return explain(
        Repo(history.directory),
        read_event(json.dumps(event).encode()),
        deployed=history.releases[release],
        previous=history.releases[names[names.index(release) - 1]],
    )


def judged(truth: Truth, said: Explanation) -> bool:
    """Print one line; whether the answer is right."""
    ranked = [suspect.sha for suspect in said.verdict.suspects]
    named = said.verdict.culprit
    place = ranked.index(truth.culprit) + 1 if truth.culprit in ranked else 0
    right = (named.sha if named else None) == truth.culprit
    lead = said.commits[ranked[0]].subject if ranked else "-"
    print(
        f"{'right' if right else 'WRONG':6} {truth.incident.name:13} place {place or '-'}"
        f"  sure {said.verdict.confidence:4.0%}  {said.verdict.abstained or 'named'}: {lead}"
    )
    if not right:
        for suspect in said.verdict.suspects[:3]:
            print(f"         {suspect.score:5.2f}  {said.commits[suspect.sha].subject}")
            rows = (f"{row.points:+.2f} {row.signal}" for row in suspect.evidence)
            print(f"                {', '.join(rows)}")
    return right


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        history, known, sink = record(home)
        right = 0
        for truth in known:
            event = sink.of(truth.incident.release, truth.incident.raises)[0]
            (home / f"{truth.incident.name}.json").write_text(json.dumps(event), encoding="utf-8")
            right += judged(truth, explained(history, truth.incident.release, event))
        print(f"{right} of {len(known)} right")
    return 0 if right == len(known) else 1


if __name__ == "__main__":
    sys.exit(main())
