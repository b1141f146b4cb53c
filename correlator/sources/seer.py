"""What Sentry's hooks say of Seer, its agent: which pull requests and branches it made.

``seer`` hooks come through the same door as Sentry's others. Kept is what tells provenance (the
pull request's number, the branch); root causes and diffs are not. Form: Sentry's docs,
integration-platform/webhooks/seer.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from correlator.sources.lenient import as_list, as_text, as_whole
from correlator.types import AgentWork

RESOURCE = "seer"
TOOL = "seer"
MOST = 50
_ADDRESS = re.compile(
    r"\Ahttps?://[^/\s]{1,200}/(?P<name>[\w./-]{3,200}?)(?:/-)?/(?:pull|merge_requests)/\d{1,9}/?\Z"
)


def works_of(said: Mapping[str, Any], at: datetime) -> tuple[AgentWork, ...]:
    """The pull requests and branches that a hook names; none in those about Seer's progress."""
    data = said.get("data")
    if not isinstance(data, Mapping):
        return ()
    action = said.get("action")
    if action == "pr_created":
        return tuple(_pulls(data, at))[:MOST]
    return tuple(_branches(data, at))[:MOST] if action == "coding_completed" else ()


def _pulls(data: Mapping[str, Any], at: datetime) -> Iterator[AgentWork]:
    for one in as_list(data.get("pull_requests")):
        pull = one.get("pull_request") if isinstance(one, Mapping) else None
        if not isinstance(pull, Mapping):
            continue
        number = as_whole(pull.get("pr_number"))
        address = _ADDRESS.match(as_text(pull.get("pr_url"), 1000) or "")
        name = address["name"] if address else _text(one, "repo_name")
        if number is not None and number > 0 and name:
            yield AgentWork(**_about(data, at), repository=name, number=number)


def _branches(data: Mapping[str, Any], at: datetime) -> Iterator[AgentWork]:
    for one in as_list(data.get("changes")):
        if isinstance(one, Mapping) and (branch := _text(one, "branch_name")):
            name = _text(one, "repo_name")
            if name:
                yield AgentWork(**_about(data, at), repository=name, branch=branch)


def _about(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "tool": TOOL,
        "run": as_text(data.get("run_id"), 100) or "?",
        "sentry_issue": as_text(data.get("group_id"), 40),
        "at": at,
    }


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return (as_text(value, 200) or "").strip() if isinstance(value, str) else ""
