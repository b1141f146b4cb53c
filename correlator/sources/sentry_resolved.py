"""``issue`` hooks of Sentry: that an issue is resolved, by a commit, in a release or in the next.

That somebody resolved it by a click, without naming anything, is no fix: it says nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from correlator.sources.lenient import LONGEST_RELEASE, as_text
from correlator.types import Resolved

_SHA = re.compile(r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
RESOURCE, ACTION = "issue", "resolved"


def read(said: Mapping[str, Any], resource: str, at: datetime) -> tuple[Resolved, ...] | None:
    """What it says; empty where nothing is named, None where it is another kind of hook."""
    issue = _at(_at(said, "data"), "issue")
    number = as_text(issue.get("id"), 40)
    if resource != RESOURCE or said.get("action") != ACTION or number is None:
        return None
    details, metadata = _at(issue, "statusDetails"), _at(issue, "metadata")
    commit, release = (
        _commit(details.get("inCommit")),
        as_text(details.get("inRelease"), LONGEST_RELEASE),
    )
    if commit is None and release is None and details.get("inNextRelease") is not True:
        return ()
    return (
        Resolved(
            sentry_issue=number,
            short=as_text(issue.get("shortId"), 120),
            type=as_text(metadata.get("type"), 200) or "",
            value=as_text(metadata.get("value"), 1000) or "",
            commit=commit,
            release=release,
            at=at,
            actor=as_text(_at(said, "actor").get("name"), 100),
        ),
    )


def _commit(said: object) -> str | None:
    """A full hash: as it is, or under ``commit`` or ``id``."""
    if isinstance(said, Mapping):
        return _commit(said.get("commit")) or _commit(said.get("id"))
    text = (as_text(said, 64) or "").lower()
    return text if _SHA.match(text) else None


def _at(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = said.get(name)
    return held if isinstance(held, Mapping) else {}
