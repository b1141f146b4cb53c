"""Events as pages show them: one whole, and as lines of a list."""

from flask import url_for

from correlator.store.issues import stories
from correlator.store.tables import EventRow, IssueRow
from correlator.types import Event
from web import present
from web.present import Shown


def whole(story: stories.Story, event: Event | None) -> Shown | None:
    """An event with all that it tells, as the page of an issue has it; None where none is kept."""
    if event is None or story.event is None:
        return None
    row = story.event
    return {
        **line(row, story.issue),
        "is_verdicts": story.verdict is not None and row.id == story.verdict.event_id,
        "newer": story.newer and _url(story.issue, story.newer),
        "older": story.older and _url(story.issue, story.older),
        "message": event.formatted or event.message,
        "transaction": event.transaction,
        "logger": event.logger,
        "server_name": event.server_name,
        "sdk": event.sdk,
        "tags": dict(event.tags),
        "request": dict(event.request),
        "contexts": dict(event.contexts),
        "extra": dict(event.extra),
        "modules": dict(event.modules),
        "breadcrumbs": [dict(crumb) for crumb in event.breadcrumbs],
        "sentry_issue": event.sentry_issue,
    }


def line(row: EventRow, issue_row: IssueRow) -> Shown:
    """An event as a line of a list."""
    return {
        "id": row.id,
        "event_id": row.event_id,
        "at": present.when(row.at),
        "release": row.release,
        "environment": row.environment,
        "service": row.service,
        "user": row.user,
        "trace_id": row.trace_id,
        "url": _url(issue_row, row.id),
    }


def _url(issue_row: IssueRow, event_id: int | None) -> str:
    return url_for("issues.issue", issue_id=issue_row.id, event=event_id)
