"""Source ``gitlab``: Merge Request hooks, and what the API says of the same.

https://docs.gitlab.com/user/project/integrations/webhook_events. GitLab has no review of its own:
a hook tells who approved or took it back, so that the approver stands for the approval. When
GitLab itself withdraws approvals because of a push, the hook names who pushed: nobody's word, and
the approval is stale by its commit anyway.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from correlator.errors import Permanent
from correlator.sources.forge import (
    account_id,
    actor,
    branch_commits,
    footers,
    inner,
    requesters,
    said_in,
    scrubbed_hook,
    sha,
    text,
)
from correlator.sources.lenient import as_time, as_whole
from correlator.sources.source import SOURCES, Arrived, Declined, Limits, content_id
from correlator.types import Actor, Inbound, Opinion, PullRequest, Review

NAME = "gitlab"
_KEYS = ("idempotency-key", "x-gitlab-event-uuid")
_OPINIONS = {
    "approved": Opinion.APPROVED,
    "approval": Opinion.APPROVED,
    "unapproved": Opinion.DISMISSED,
    "unapproval": Opinion.DISMISSED,
}
# What GitLab writes under a merge request when somebody decides (SystemNotes, in GitLab's source).
_NOTED = {
    "approved this merge request": Opinion.APPROVED,
    "unapproved this merge request": Opinion.DISMISSED,
    "requested changes": Opinion.CHANGES_REQUESTED,
}
_OLD_TIME = re.compile(r"\A(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})\Z")


class GitLab:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The hook. A repetition has the same idempotency key; older versions send none."""
        said = said_in(arrived.body, arrived.encoding, arrived.limits)
        if said.get("object_kind") != "merge_request":
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
    ) -> tuple[PullRequest | Review, ...]:
        """The merge request as it then was and, if somebody approved or took it back, that."""
        said = said_in(inbound.body, inbound.encoding, limits)
        pull = _pull_request(said)
        return (pull, *_reviews(said, pull))

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The hook's JSON without secrets."""
        return scrubbed_hook(inbound.body, inbound.encoding, limits)


def _pull_request(said: Mapping[str, Any]) -> PullRequest:
    at = inner(said, "object_attributes")
    repository = text(inner(said, "project"), "path_with_namespace", 200)
    number, updated_at = as_whole(at.get("iid")), _time(at, "updated_at")
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
        url=_address(at, "url"),
        author=_author(said, at),
        head=head,
        head_ref=text(at, "source_branch", 250),
        base_ref=text(at, "target_branch", 250),
        merge_commits=merged if is_merged else (),
        merged_at=(_time(at, "merged_at") or updated_at) if merging else _time(at, "merged_at"),
        merged_by=actor(inner(said, "user")) if merging else None,
        requested_by=tuple(dict.fromkeys(requesters(at.get("description")))),
        created_at=_time(at, "created_at"),
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
        key=_key(who),
        reviewer=who,
        opinion=opinion,
        said_at=pull.updated_at,
        changed_at=pull.updated_at,
        commit=pull.head,
    )


def _time(said: Mapping[str, Any], name: str) -> datetime | None:
    """A time, also as older versions write it: ``2013-12-03 17:23:34 UTC``."""
    value = said.get(name)
    if isinstance(value, str) and (old := _OLD_TIME.match(value)):
        zone = "+00:00" if old[3] == "UTC" else f"{old[3][:3]}:{old[3][3:]}"
        value = f"{old[1]}T{old[2]}{zone}"
    return as_time(value)


def from_api(
    said: Mapping[str, Any],
    repository: str,
    beside: Mapping[str, Sequence[Mapping[str, Any]]],
) -> tuple[PullRequest, tuple[Review, ...]]:
    """``GET /projects/…/merge_requests/N`` and what lies beside it, as far as it was asked for.

    ``beside``: ``approved_by`` of ``…/approvals``, the entries of ``…/notes``, of ``…/versions``
    and of ``…/commits``. Of approvals only the notes tell when they were given, and only the
    versions what was looked at: the branch's head at that time.
    """
    number, updated_at = as_whole(said.get("iid")), _time(said, "updated_at")
    if number is None or number < 1 or updated_at is None:
        raise Permanent("The merge request lacks its iid or updated_at.")
    is_merged = said.get("state") == "merged"
    head = sha(said, "sha")
    got = [sha(said, "merge_commit_sha"), sha(said, "squash_commit_sha")]
    merged = tuple(one for one in got if one) or ((head,) if head else ())
    commits = branch_commits(map(_commit, reversed(beside.get("commits", ()))))
    pull = PullRequest(
        forge=NAME,
        repository=repository,
        number=number,
        updated_at=updated_at,
        state="merged" if is_merged else "open" if said.get("state") == "opened" else "closed",
        title=text(said, "title", 300),
        url=_address(said, "web_url"),
        author=actor(inner(said, "author")),
        head=head,
        head_ref=text(said, "source_branch", 250),
        base=sha(inner(said, "diff_refs"), "start_sha"),
        base_ref=text(said, "target_branch", 250),
        merge_commits=merged if is_merged else (),
        merged_at=_time(said, "merged_at"),
        merged_by=actor(inner(said, "merge_user")) or actor(inner(said, "merged_by")),
        requested_by=tuple(dict.fromkeys(requesters(said.get("description")))),
        created_at=_time(said, "created_at"),
        commits=commits,
        commit_count=len(commits) or None,
        footers=footers(said.get("description")),
    )
    return pull, tuple(_approvals(pull, beside))


def full_name(said: Mapping[str, Any]) -> str:
    """The repository that a merge request of the API belongs to. Permanent if it does not say."""
    full = text(inner(said, "references"), "full", 300)
    if full and "!" in full:
        return full.rpartition("!")[0]
    address = urlsplit(text(said, "web_url", 1000) or "").path.partition("/-/merge_requests/")
    if address[1]:
        return address[0].strip("/")
    raise Permanent("The merge request says neither its references.full nor its web_url.")


def _commit(said: Mapping[str, Any]) -> tuple[str | None, datetime | None, object]:
    parents = said.get("parent_ids")
    if isinstance(parents, list) and len(parents) > 1:
        return None, None, None
    return sha(said, "id"), as_time(said.get("authored_date")), said.get("message")


def _approvals(
    pull: PullRequest, beside: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[Review]:
    """The latest word of each person: by their notes, else by the list of approvers."""
    last: dict[str, Review] = {}
    for note in sorted(beside.get("notes", ()), key=lambda one: str(one.get("created_at"))):
        who, at = actor(inner(note, "author")), _time(note, "created_at")
        opinion = (
            _NOTED.get(str(note.get("body")).strip().lower())
            if note.get("system") is True
            else None
        )
        if opinion is not None and who is not None and at is not None:
            last[_key(who)] = _word(pull, who, (opinion, at), _head_at(beside, at))
    for entry in beside.get("approved_by", ()):
        who = actor(inner(entry, "user"))
        if who is None:
            continue
        at, known = _time(entry, "approved_at"), last.get(_key(who))
        if known is None or known.opinion is not Opinion.APPROVED:
            # Without any time nobody can say which commit was approved.
            given = (Opinion.APPROVED, at or pull.merged_at or pull.updated_at)
            last[_key(who)] = _word(pull, who, given, _head_at(beside, at) if at else None)
    yield from last.values()


def _word(
    pull: PullRequest, who: Actor, said: tuple[Opinion, datetime], commit: str | None
) -> Review:
    opinion, at = said
    return Review(
        forge=NAME,
        repository=pull.repository,
        number=pull.number,
        key=_key(who),
        reviewer=who,
        opinion=opinion,
        said_at=at,
        changed_at=at,
        commit=commit,
    )


def _head_at(beside: Mapping[str, Sequence[Mapping[str, Any]]], at: datetime) -> str | None:
    """The branch's head at a time: of the newest version that was there by then."""
    there = [
        (made, head)
        for one in beside.get("versions", ())
        if (made := _time(one, "created_at")) is not None
        and (head := sha(one, "head_commit_sha")) is not None
        and made <= at
    ]
    return max(there)[1] if there else None


def _key(who: Actor) -> str:
    """What stands for somebody's approval, of which each has one."""
    return f"user:{who.id or who.login}"


def _address(said: Mapping[str, Any], name: str) -> str | None:
    url = text(said, name, 1000)
    return url if url and url.startswith(("https://", "http://")) else None


SOURCES.add(NAME, GitLab())
