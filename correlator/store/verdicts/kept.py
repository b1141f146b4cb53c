"""Verdicts as rows: append-only, the issue points to the one in force."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.code.claims import ClaimsAs, without_prompts
from correlator.store.tables import CommitRow, IssueRow, StandingRow, SuspectRow, VerdictRow
from correlator.store.verdicts import scored
from correlator.types import (
    Author,
    Commit,
    Explanation,
    Location,
    Provenance,
    Revision,
    Snippet,
    Suspect,
)

MOST_RECORDS = 10
# Records below this decide nothing (docs/provenance.md), so they contradict nothing.
DECIDES = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a verdict rests on besides the code: whose event, which release, which repository.

    ``repos``: ids of the other services' repositories, by name."""

    issue_id: int
    event_id: int
    repo_id: int | None
    release: str | None
    revision: Revision | None
    previous_release: str | None
    repos: Mapping[str, int] = field(default_factory=dict)


def keep_verdict(
    session: Session,
    basis: Basis,
    told: Explanation,
    now: datetime,
    claims_as: ClaimsAs = without_prompts,
) -> int:
    """Append the verdict, put it in force and take the issue off the to-do list."""
    verdict = told.verdict
    row = VerdictRow(
        issue_id=basis.issue_id,
        event_id=basis.event_id,
        repo_id=basis.repo_id,
        at=now,
        release=basis.release,
        deployed=told.deployed,
        resolved_by=basis.revision.how if basis.revision else None,
        resolved_because=basis.revision.because if basis.revision else None,
        previous=told.previous,
        previous_release=basis.previous_release,
        commits_in_range=told.commits_in_range,
        confidence=verdict.confidence,
        abstained=verdict.abstained,
        because=verdict.because,
        weights=verdict.weights,
        seconds=told.seconds,
        notes=list(told.notes),
        locations=[_location(location) for location in told.locations],
        snippets=[_snippet(snippet, told) for snippet in told.snippets],
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    repos = basis.repos
    session.add_all(
        _suspect(row.id, place, one, repos) for place, one in enumerate(verdict.suspects, 1)
    )
    for other in told.elsewhere:
        keep_commits(session, repos[other.repository], other.commits, other.provenance, claims_as)
    if basis.repo_id is not None:
        keep_commits(session, basis.repo_id, told.commits, told.provenance, claims_as)
    _put_in_force(session, basis.issue_id, row.id)
    scored.renew_known(session, basis.issue_id)
    return row.id


def keep_commits(
    session: Session,
    repo_id: int,
    commits: Mapping[str, Commit],
    judged: Mapping[str, Provenance],
    claims_as: ClaimsAs = without_prompts,
) -> None:
    """Keep each commit once; its provenance as it is judged now (records may arrive late).

    Where a pull request is known, what it tells of provenance is told anew after this.
    """
    session.execute(
        sa.delete(StandingRow).where(
            col(StandingRow.repo_id) == repo_id,
            col(StandingRow.sha).in_(list(commits)),
            col(StandingRow.number).is_not(None),
        )
    )
    known = {
        row.sha: row
        for row in session.exec(
            select(CommitRow).where(
                CommitRow.repo_id == repo_id, col(CommitRow.sha).in_(list(commits))
            )
        )
    }
    for sha, commit in sorted(commits.items()):
        row = known.get(sha) or _commit(repo_id, commit)
        if (answer := judged.get(sha)) is not None:
            _judged(row, answer)
            row.claims = claims_as(answer.claims)
        session.add(row)
    session.flush()


def keep_judged(
    session: Session,
    repo_id: int,
    judged: Mapping[str, Provenance],
    claims_as: ClaimsAs = without_prompts,
) -> None:
    """Keep newer answers for commits that are shown."""
    wanted = select(CommitRow).where(
        CommitRow.repo_id == repo_id, col(CommitRow.sha).in_(list(judged))
    )
    for row in session.exec(wanted):
        _judged(row, judged[row.sha])
        row.claims = claims_as(judged[row.sha].claims)
        session.add(row)
    session.flush()


def _put_in_force(session: Session, issue_id: int, verdict_id: int) -> None:
    issue = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        return
    issue.verdict_id = verdict_id
    issue.wants_verdict = False
    issue.leased_until = None
    issue.attempts = 0
    session.add(issue)


def _suspect(verdict_id: int, place: int, suspect: Suspect, repos: Mapping[str, int]) -> SuspectRow:
    by = suspect.request
    return SuspectRow(
        verdict_id=verdict_id,
        place=place,
        sha=suspect.sha,
        score=suspect.score,
        probability=suspect.probability,
        in_range=suspect.in_range,
        evidence=[asdict(row) for row in suspect.evidence],
        repo_id=repos.get(suspect.repository or ""),
        service=suspect.service,
        request=by.number if by else None,
        request_title=by.title[:300] if by and by.title else None,
        request_url=by.url[:1000] if by and by.url else None,
    )


def _commit(repo_id: int, commit: Commit) -> CommitRow:
    return CommitRow(
        repo_id=repo_id,
        sha=commit.sha,
        author_name=commit.author.name[:300],
        author_email=commit.author.email[:320],
        committer_name=commit.committer.name[:300],
        committer_email=commit.committer.email[:320],
        authored_at=commit.authored_at,
        committed_at=commit.committed_at,
        message=commit.message.replace("\0", ""),
        author="unknown",
        certainty=0.0,
        because="no record says who or what wrote it",
    )


def _judged(row: CommitRow, answer: Provenance) -> None:
    row.author = answer.author
    row.certainty = answer.certainty
    row.because = answer.because
    row.tools = list(answer.tools)
    row.models = list(answer.models)


def _location(location: Location) -> dict[str, Any]:
    frame = location.frame
    plain = {
        one.name: getattr(location, one.name) for one in fields(location) if one.name != "frame"
    }
    return {**plain, "function": frame.function, "in_app": frame.in_app}


def _snippet(snippet: Snippet, told: Explanation) -> dict[str, Any]:
    plain = {one.name: getattr(snippet, one.name) for one in fields(snippet) if one.name != "lines"}
    lines = []
    for line in snippet.lines:
        origin = line.origin
        shown: dict[str, Any] = {
            "number": line.number,
            "text": line.text,
            "sha": origin.sha if origin else None,
            "origin_path": origin.path if origin else None,
            "origin_line": origin.line if origin else None,
        }
        if (own := told.line_provenance.get((snippet.path, line.number))) is not None:
            shown["provenance"] = _line_answer(own)
        lines.append(shown)
    return {**plain, "lines": lines}


def _line_answer(answer: Provenance) -> dict[str, Any]:
    return {
        "author": answer.author,
        "tool": ", ".join(answer.tools) or None,
        "model": ", ".join(answer.models) or None,
        "because": answer.because,
        "level": answer.level,
        "certainty": answer.certainty,
        "derived": answer.derived,
        "session": _session_of(answer),
        "records": _disagreeing(answer),
    }


def _session_of(answer: Provenance) -> str | None:
    """The session that a record gives the line to, where the answer is that record's."""
    of_line = (one for one in answer.claims if one.path is not None and one.session)
    return next((one.session for one in of_line if one.author is answer.author), None)


def _disagreeing(answer: Provenance) -> list[dict[str, Any]]:
    """What each record says, where they do not say the same; else nothing."""
    known = [
        one
        for one in answer.claims
        if one.author is not Author.UNKNOWN and one.certainty >= DECIDES
    ]
    if len({one.author for one in known}) < 2:
        return []
    return [
        {
            "author": one.author,
            "mechanism": one.mechanism,
            "tool": one.tool,
            "certainty": one.certainty,
            "of": "line" if one.path is not None else "commit",
            "because": one.because[:300],
        }
        for one in known[:MOST_RECORDS]
    ]
