"""Source ``gitlab``: Merge Request and Deployment hooks.

https://docs.gitlab.com/user/project/integrations/webhook_events. GitLab has no review of its own:
a hook tells who approved or took it back, so that the approver stands for the approval. When
GitLab itself withdraws approvals because of a push, the hook names who pushed: nobody's word, and
the approval is stale by its commit anyway.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from correlator.errors import Permanent
from correlator.sources.forge import (
    account_id,
    actor,
    address,
    footers,
    inner,
    requesters,
    said_in,
    scrubbed_hook,
    sha,
    text,
)
from correlator.sources.forge_deploys import gitlab_deploy, is_finished_job
from correlator.sources.lenient import as_time, as_whole
from correlator.sources.source import SOURCES, Arrived, Declined, Limits, content_id
from correlator.types import Actor, Deploy, Inbound, Opinion, PullRequest, Review

NAME = "gitlab"
_KEYS = ("idempotency-key", "x-gitlab-event-uuid")
_OPINIONS = {
    "approved": Opinion.APPROVED,
    "approval": Opinion.APPROVED,
    "unapproved": Opinion.DISMISSED,
    "unapproval": Opinion.DISMISSED,
}
_OLD_TIME = re.compile(r"\A(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})\Z")


class GitLab:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The hook. A repetition has the same idempotency key; older versions send none."""
        said = said_in(arrived.body, arrived.encoding, arrived.limits)
        if said.get("object_kind") != "merge_request" and not is_finished_job(said):
            raise Declined
        keys = (arrived.headers.get(name, "").strip()[:100] for name in _KEYS)
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=next((key for key in keys if key), content_id(arrived.body)),
            body=arrived.body,
            encoding=arrived.encoding,
            received_at=arrived.received_at,
        )

    def parse(
        self, inbound: Inbound, *, secret: bytes, limits: Limits
    ) -> tuple[PullRequest | Review | Deploy, ...]:
        """The merge request as it then was and, if somebody approved or took it back, that; or the
        deploy."""
        said = said_in(inbound.body, inbound.encoding, limits)
        if said.get("object_kind") == "deployment":
            return (gitlab_deploy(said, time_of(said, "status_changed_at"), inbound.received_at),)
        pull = _pull_request(said)
        return (pull, *_reviews(said, pull))

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The hook's JSON without secrets."""
        return scrubbed_hook(inbound.body, inbound.encoding, limits)


def _pull_request(said: Mapping[str, Any]) -> PullRequest:
    at = inner(said, "object_attributes")
    repository = text(inner(said, "project"), "path_with_namespace", 200)
    number, updated_at = as_whole(at.get("iid")), time_of(at, "updated_at")
    if repository is None or number is None or number < 1 or updated_at is None:
        raise Permanent("The merge request lacks its project, iid or updated_at.")
    is_merged = at.get("state") == "merged"
    merging = is_merged and at.get("action") == "merge"
    state = "merged" if is_merged else "closed" if at.get("state") == "closed" else "open"
    head = sha(inner(at, "last_commit"), "id")
    # Without a merge commit it was fast-forwarded: the branch's head is what the target got.
    got = [sha(at, "merge_commit_sha"), sha(at, "squash_commit_sha")]
    merged = tuple(one for one in got if one) or ((head,) if head else ())
    return PullRequest(
        forge=NAME,
        repository=repository,
        number=number,
        updated_at=updated_at,
        state=state,
        title=text(at, "title", 300),
        url=address(at, "url"),
        author=_author(said, at),
        head=head,
        head_ref=text(at, "source_branch", 250),
        base_ref=text(at, "target_branch", 250),
        merge_commits=merged if is_merged else (),
        merged_at=(time_of(at, "merged_at") or updated_at) if merging else time_of(at, "merged_at"),
        merged_by=actor(inner(said, "user")) if merging else None,
        requested_by=tuple(dict.fromkeys(requesters(at.get("description")))),
        created_at=time_of(at, "created_at"),
        footers=footers(at.get("description")),
    )


def _author(said: Mapping[str, Any], at: Mapping[str, Any]) -> Actor | None:
    """The author is told by number only; whoever else is named in the hook may give the login."""
    number = at.get("author_id")
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    lists = (said.get("assignees"), said.get("reviewers"))
    named = [inner(said, "user"), *(one for found in lists if isinstance(found, list)
                                    for one in found if isinstance(one, Mapping))]  # fmt: skip
    known = next((one for one in named if account_id(one) == number), None)
    return actor(known) if known is not None else Actor(id=number)


def _reviews(said: Mapping[str, Any], pull: PullRequest) -> Iterator[Review]:
    at, who = inner(said, "object_attributes"), actor(inner(said, "user"))
    opinion = _OPINIONS.get(str(at.get("action")))
    if opinion is None or who is None or at.get("system") is True:
        return
    yield Review(
        forge=NAME,
        repository=pull.repository,
        number=pull.number,
        key=approval_key(who),
        reviewer=who,
        opinion=opinion,
        said_at=pull.updated_at,
        changed_at=pull.updated_at,
        commit=pull.head,
    )


def time_of(said: Mapping[str, Any], name: str) -> datetime | None:
    """A time, also as older versions write it: ``2013-12-03 17:23:34 UTC``."""
    value = said.get(name)
    if isinstance(value, str) and (old := _OLD_TIME.match(value)):
        zone = "+00:00" if old[3] == "UTC" else f"{old[3][:3]}:{old[3][3:]}"
        value = f"{old[1]}T{old[2]}{zone}"
    return as_time(value)


def approval_key(who: Actor) -> str:
    """What stands for somebody's approval, of which each has one."""
    return f"user:{who.id or who.login}"


SOURCES.add(NAME, GitLab())
