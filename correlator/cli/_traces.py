"""Labelled traces fed one at a time, as in production: what ``evaluate grouping`` runs.

The same reading, fingerprint, joining and keeping as digest does, over a database of its own that
is gone afterwards. Labels are dropped before a trace is looked at.
"""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import orjson
from sqlmodel import Session

from correlator.cli._labels import Classes, class_of, kind_of
from correlator.errors import Permanent
from correlator.grouping import fingerprint, join
from correlator.sources.sentry_event import parse_event
from correlator.store.issues.kept import keep_event
from correlator.store.migrate import migrate
from correlator.store.session import open_engine, transaction
from correlator.store.tables import ProjectRow
from correlator.types import Event

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_FIELDS = ("id", "type", "value", "frames")
_OPTIONAL = ("chain", "release", "project")
_FRAME = ("filename", "module", "function", "lineno", "context_line", "in_app")


def read_traces(lines: TextIO) -> Iterator[dict[str, Any]]:
    """The traces of a file of JSON lines without their labels; Permanent names a line at fault."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = orjson.loads(line)
            known = {name: read[name] for name in _FIELDS}
            yield {**known, **{name: read.get(name) for name in _OPTIONAL}}
        except (orjson.JSONDecodeError, KeyError, TypeError) as fault:
            raise Permanent(f"Line {number} is not a trace: {fault}") from fault


def predict(traces: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """For each trace in turn: its id, and the issue, class and kind that it was put in."""
    with tempfile.TemporaryDirectory() as place:
        engine = open_engine(f"sqlite:///{Path(place) / 'traces.sqlite'}")
        try:
            migrate(engine)
            with transaction(engine) as session:
                yield from _in_turn(session, traces)
        finally:
            engine.dispose()


def _in_turn(session: Session, traces: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    projects: dict[str, ProjectRow] = {}
    kept: list[tuple[str, int, Event]] = []
    classes = Classes()
    for number, trace in enumerate(traces):
        project = _project(session, projects, str(trace["project"] or "only"))
        event = event_of(trace, BEGIN + timedelta(seconds=number), f"{number:032x}")
        issue = keep_event(session, project, event, fingerprint(event), event.at, join).issue_id
        classes.take(session, issue, event, event.at)
        kept.append((trace["id"], issue, event))
    # Classes keep growing: what is told is where each issue stands once all have come.
    for ident, issue, event in kept:
        yield {
            "id": ident,
            "issue": issue,
            "class": class_of(session, issue),
            "kind": kind_of(event),
        }


def event_of(trace: dict[str, Any], at: datetime, event_id: str) -> Event:
    """The event that an SDK would have sent; ``chain`` has causes, the nearest first."""
    frames = [{name: frame.get(name) for name in _FRAME} for frame in trace["frames"]]
    causes = [
        {"type": cause["type"], "value": cause["value"]} for cause in reversed(trace["chain"] or ())
    ]
    raised = {"type": trace["type"], "value": trace["value"], "stacktrace": {"frames": frames}}
    payload = {
        "event_id": event_id,
        "platform": "python",
        "timestamp": at.isoformat(),
        "release": trace["release"],
        "exception": {"values": [*causes, raised]},
    }
    return parse_event(payload, received_at=at, secret=b"evaluate")


def _project(session: Session, known: dict[str, ProjectRow], name: str) -> ProjectRow:
    if name not in known:
        number = len(known)
        known[name] = ProjectRow(
            slug=f"project-{number}",
            public_key=f"{number:032x}",
            webhook_secret="",
            created_at=BEGIN,
        )
        session.add(known[name])
        session.flush()
    return known[name]
