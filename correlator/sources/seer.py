"""What Sentry's hooks say of Seer, its agent: which pull requests and branches it made.

``seer`` hooks come through the same door as Sentry's others. Kept is what tells provenance (the
pull request's number, the branch); root causes and diffs are not. Form: Sentry's docs,
integration-platform/webhooks/seer.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from correlator.sources.lenient import as_text, as_whole
from correlator.types import AgentWork, Unread

RESOURCE = "seer"
TOOL = "seer"
MOST = 50
_Reader = Callable[[Mapping[str, Any], Mapping[str, Any]], AgentWork | str | None]
_ADDRESS = re.compile(
    r"\Ahttps?://[^/\s]{1,200}/(?P<name>[\w./-]{3,200}?)(?:/-)?/(?:pull|merge_requests)/\d{1,9}/?\Z"
)


def works_of(said: Mapping[str, Any], at: datetime) -> tuple[AgentWork | Unread, ...]:
    """The pull requests and branches that a hook names, none in those about Seer's progress; and
    what of it is not of the documented form."""
    action, data = said.get("action"), said.get("data")
    if not isinstance(action, str) or action not in _LISTS:
        return ()
    name, read = _LISTS[action]
    listed = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(listed, list):
        return (Unread(f"data.{name}", "no list"),)
    about = _about(data if isinstance(data, Mapping) else {}, at)
    found: list[AgentWork | Unread] = []
    for number, one in enumerate(listed[:MOST]):
        told = read(one, about) if isinstance(one, Mapping) else "no object"
        if isinstance(told, str):
            found.append(Unread(f"data.{name}[{number}]", told))
        elif told is not None:
            found.append(told)
    if len(listed) > MOST:
        found.append(Unread(f"data.{name}", f"{len(listed) - MOST} of {len(listed)} are too many"))
    return tuple(found)


def _pull(one: Mapping[str, Any], about: Mapping[str, Any]) -> AgentWork | str:
    """The pull request of an entry, or why there is none."""
    pull = one.get("pull_request")
    if not isinstance(pull, Mapping):
        return "no object 'pull_request'"
    number = as_whole(pull.get("pr_number"))
    if number is None or number <= 0:
        return "'pull_request.pr_number' is no number of a pull request"
    address = _ADDRESS.match(as_text(pull.get("pr_url"), 1000) or "")
    name = address["name"] if address else _text(one, "repo_name")
    if not name:
        return "neither 'pull_request.pr_url' nor 'repo_name' names a repository"
    return AgentWork(**about, repository=name, number=number)


def _branch(one: Mapping[str, Any], about: Mapping[str, Any]) -> AgentWork | str | None:
    """The branch of an entry, why there is none, or None where none was pushed."""
    branch, name = _text(one, "branch_name"), _text(one, "repo_name")
    if not branch:
        odd = one.get("branch_name") not in (None, "")
        return "'branch_name' is no text" if odd else None
    return AgentWork(**about, repository=name, branch=branch) if name else "no text 'repo_name'"


# By action: the list that it brings, and who reads an entry of it.
_LISTS: Mapping[object, tuple[str, _Reader]] = {
    "pr_created": ("pull_requests", _pull),
    "coding_completed": ("changes", _branch),
}


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
