"""What GitLab's API says of a merge request: the same as its hooks, and who approved when.

https://docs.gitlab.com/api/merge_requests. Approvals stand for reviews, as in the hooks.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from correlator.errors import Permanent
from correlator.sources.forge import (
    actor,
    address,
    branch_commits,
    footers,
    inner,
    requesters,
    sha,
    text,
)
from correlator.sources.gitlab import NAME, approval_key, time_of
from correlator.sources.lenient import as_time, as_whole
from correlator.types import Actor, Opinion, PullRequest, Review

# What GitLab writes under a merge request when somebody decides (SystemNotes, in GitLab's source).
_NOTED = {
    "approved this merge request": Opinion.APPROVED,
    "unapproved this merge request": Opinion.DISMISSED,
    "requested changes": Opinion.CHANGES_REQUESTED,
}


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
    number, updated_at = as_whole(said.get("iid")), time_of(said, "updated_at")
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
        url=address(said, "web_url"),
        author=actor(inner(said, "author")),
        head=head,
        head_ref=text(said, "source_branch", 250),
        base=sha(inner(said, "diff_refs"), "start_sha"),
        base_ref=text(said, "target_branch", 250),
        merge_commits=merged if is_merged else (),
        merged_at=time_of(said, "merged_at"),
        merged_by=actor(inner(said, "merge_user")) or actor(inner(said, "merged_by")),
        requested_by=tuple(dict.fromkeys(requesters(said.get("description")))),
        created_at=time_of(said, "created_at"),
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
        who, at = actor(inner(note, "author")), time_of(note, "created_at")
        opinion = (
            _NOTED.get(str(note.get("body")).strip().lower())
            if note.get("system") is True
            else None
        )
        if opinion is not None and who is not None and at is not None:
            last[approval_key(who)] = _word(pull, who, (opinion, at), _head_at(beside, at))
    for entry in beside.get("approved_by", ()):
        who = actor(inner(entry, "user"))
        if who is None:
            continue
        at, known = time_of(entry, "approved_at"), last.get(approval_key(who))
        if known is None or known.opinion is not Opinion.APPROVED:
            # Without any time nobody can say which commit was approved.
            given = (Opinion.APPROVED, at or pull.merged_at or pull.updated_at)
            last[approval_key(who)] = _word(pull, who, given, _head_at(beside, at) if at else None)
    yield from last.values()


def _word(
    pull: PullRequest, who: Actor, said: tuple[Opinion, datetime], commit: str | None
) -> Review:
    opinion, at = said
    return Review(
        forge=NAME,
        repository=pull.repository,
        number=pull.number,
        key=approval_key(who),
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
        if (made := time_of(one, "created_at")) is not None
        and (head := sha(one, "head_commit_sha")) is not None
        and made <= at
    ]
    return max(there)[1] if there else None
