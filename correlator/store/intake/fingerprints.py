"""Which issue a fingerprint leads to, and which known ones a new one is compared with."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.issues.parts import count_apart
from correlator.store.tables import (
    FingerprintRow,
    IssueRow,
    ProjectRow,
    RegroupingRow,
    TraitRow,
)
from correlator.types import Candidate, Fingerprint, Join, Traits

MOST_CANDIDATES = 50  # of each index; so what a new fingerprint costs does not grow
JOINED = "joined"
Joiner = Callable[[Traits, Sequence[Candidate]], Join | None]
Known = tuple[IssueRow, int]


def known_issue(session: Session, project: ProjectRow, fingerprint: Fingerprint) -> Known | None:
    """The issue that the fingerprint leads to, and the fingerprint's id; the issue is locked, so
    that its counts cannot be lost.

    The fingerprint is locked too: a merge that is under way would otherwise be overlooked, and
    the event go to an issue that is none any more.
    """
    found = session.exec(
        select(IssueRow, FingerprintRow)
        .join(FingerprintRow, col(FingerprintRow.issue_id) == col(IssueRow.id))
        .where(
            FingerprintRow.project_id == project.id,
            FingerprintRow.version == fingerprint.version,
            FingerprintRow.hash == fingerprint.hash,
        )
        .with_for_update(of=[IssueRow, FingerprintRow])
        .execution_options(populate_existing=True)
    ).first()
    return (found[0], found[1].id or 0) if found else None


def known_by_older(
    session: Session, project: ProjectRow, fingerprint: Fingerprint, now: datetime
) -> Known | None:
    """The issue that an older recipe knows the failure by; from now on the new one leads there
    too, so that a new recipe never splits what was together."""
    for older in fingerprint.older:
        if (found := known_issue(session, project, older)) is not None:
            return found[0], attach(session, found[0], fingerprint, now)
    return None


def near_duplicate(
    session: Session, fingerprint: Fingerprint, project: ProjectRow, join: Joiner, now: datetime
) -> Known | None:
    """The issue that a new fingerprint belongs to by its likeness to a known one, with the reason
    kept; None when it is a failure of its own. The project's row is locked."""
    if fingerprint.traits is None:
        return None
    known = candidates(session, project.id or 0, fingerprint.traits)
    if not known or (joined := join(fingerprint.traits, known)) is None:
        return None
    issue = session.get_one(
        IssueRow, joined.candidate.issue_id, with_for_update=True, populate_existing=True
    )
    if not joined.is_kept:
        return issue, joined.candidate.fingerprint_id
    made = attach(session, issue, fingerprint, now)
    session.add(
        RegroupingRow(
            project_id=issue.project_id,
            action=JOINED,
            into_issue_id=issue.id or 0,
            fingerprints=[made],
            because=joined.because,
            at=now,
            body={"like": joined.candidate.fingerprint_id},
        )
    )
    return issue, made


def candidates(session: Session, project_id: int, traits: Traits) -> list[Candidate]:
    """The newest known fingerprints that share the failing function, or type and message."""
    spot, gist = spot_of(traits), gist_of(traits)
    found: dict[int, Candidate] = {}
    for column, value in ((TraitRow.spot, spot), (TraitRow.gist, gist)):
        near = (
            select(TraitRow, FingerprintRow)
            .join(FingerprintRow, col(FingerprintRow.id) == col(TraitRow.fingerprint_id))
            .where(TraitRow.project_id == project_id, col(column) == value)
            .order_by(col(TraitRow.id).desc())
            .limit(MOST_CANDIDATES)
        )
        for row, known in session.exec(near):
            made = Candidate(row.fingerprint_id, known.issue_id, _traits(row.body))
            found[row.fingerprint_id] = made
    return list(found.values())


def attach(
    session: Session, issue: IssueRow, fingerprint: Fingerprint, now: datetime | None = None
) -> int:
    """Let the fingerprint lead to the issue; its id. An issue that has one already counts each by
    itself from now on (a row of an older version is another name of the first new one)."""
    if now is not None and _has_current(session, issue, fingerprint.version):
        count_apart(session, issue, now)
    row = FingerprintRow(
        project_id=issue.project_id,
        issue_id=issue.id or 0,
        version=fingerprint.version,
        hash=fingerprint.hash,
        because=fingerprint.because,
    )
    session.add(row)
    session.flush()
    if fingerprint.traits is not None:
        session.add(
            TraitRow(
                project_id=issue.project_id,
                fingerprint_id=row.id or 0,
                spot=spot_of(fingerprint.traits),
                gist=gist_of(fingerprint.traits),
                body=asdict(fingerprint.traits),
            )
        )
    return row.id or 0


def _has_current(session: Session, issue: IssueRow, version: int) -> bool:
    mine = select(FingerprintRow.id).where(
        FingerprintRow.issue_id == issue.id, FingerprintRow.version == version
    )
    return issue.times_seen > 0 and session.exec(mine).first() is not None


def spot_of(traits: Traits) -> str:
    """Stands for the failing function by its bare name, as modules move and some SDKs name no
    class."""
    return _short(re.split(r"[.:#]", traits.where)[-1])


def gist_of(traits: Traits) -> str:
    """Stands for type and message."""
    return _short("\x1f".join((traits.type, *traits.lines)))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _traits(body: dict[str, Any]) -> Traits:
    return Traits(
        type=body["type"],
        where=body["where"],
        path=tuple(body["path"]),
        lines=tuple(body["lines"]),
        exact=body["exact"],
        statement=body["statement"],
        at=body["at"],
        by_interpreter=body["by_interpreter"],
        causes=tuple(body["causes"]),
    )


def clean_traits(session: Session, issue_ids: Sequence[int], mentioned: re.Pattern[str]) -> None:
    """Take a mention of a person out of what fingerprints of these issues are compared by."""
    mine = (
        select(TraitRow)
        .join(FingerprintRow, col(FingerprintRow.id) == col(TraitRow.fingerprint_id))
        .where(col(FingerprintRow.issue_id).in_(issue_ids))
    )
    for row in session.exec(mine):
        lines = [mentioned.sub("<erased>", line) for line in row.body.get("lines", [])]
        statement = mentioned.sub("<erased>", row.body.get("statement", ""))
        row.body = {**row.body, "lines": lines, "statement": statement}
        session.add(row)


def count_fingerprints(session: Session, issue_id: int) -> int:
    """How many fingerprints lead to the issue."""
    mine = sa.select(sa.func.count(col(FingerprintRow.id)))
    return int(session.execute(mine.where(col(FingerprintRow.issue_id) == issue_id)).scalar_one())
