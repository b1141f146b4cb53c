"""Source ``github``: webhooks about pull requests, reviews and deployments; the API's same objects.

https://docs.github.com/webhooks/webhook-events-and-payloads. Other events with a valid signature
are answered and not kept: a 4xx would only make the hook look broken. A state's own time says
which of two is newer, never the order in which they came; GitHub does not promise any.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from correlator.errors import Permanent
from correlator.sources.forge import (
    AGENT_LOGINS,
    account_id,
    actor,
    address,
    branch_commits,
    footers,
    inner,
    requesters,
    said_in,
    scrubbed_hook,
    sha,
    text,
)
from correlator.sources.forge_deploys import github_deploy, is_finished_deployment
from correlator.sources.lenient import as_time, as_whole
from correlator.sources.source import SOURCES, Arrived, Declined, Limits, content_id
from correlator.types import Deploy, Inbound, Opinion, PullRequest, Review

NAME = "github"
EVENT = "x-github-event"
DELIVERY = "x-github-delivery"
# Events that are read, and what each must hold.
_EVENTS = {
    "pull_request": "pull_request",
    "pull_request_review": "pull_request",
    "deployment_status": "deployment",
}


class GitHub:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The hook. Its delivery's id stays the same when it is sent again."""
        event = arrived.headers.get(EVENT, "")[:40]
        said = said_in(arrived.body, arrived.encoding, arrived.limits)
        if event not in _EVENTS or not inner(said, _EVENTS[event]):
            raise Declined
        if event == "deployment_status" and not is_finished_deployment(said):
            raise Declined
        # The event belongs to the key: GitHub sends one id for one event of one hook.
        delivery = arrived.headers.get(DELIVERY, "").strip()[:100] or content_id(arrived.body)
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=f"{event}:{delivery}",
            body=arrived.body,
            encoding=arrived.encoding,
            headers={EVENT: event},
            received_at=arrived.received_at,
        )

    def parse(
        self, inbound: Inbound, *, secret: bytes, limits: Limits
    ) -> tuple[PullRequest | Review | Deploy, ...]:
        """The pull request as it then was and, of a review's hook, the review; or the deploy."""
        said = said_in(inbound.body, inbound.encoding, limits)
        if inbound.headers.get(EVENT) == "deployment_status":
            return (github_deploy(said, inbound.received_at),)
        repository = text(inner(said, "repository"), "full_name", 200)
        pull = pull_request(inner(said, "pull_request"), repository)
        if inbound.headers.get(EVENT) != "pull_request_review":
            return (pull,)
        return (pull, review(inner(said, "review"), pull))

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The hook's JSON without secrets."""
        return scrubbed_hook(inbound.body, inbound.encoding, limits)


def pull_request(said: Mapping[str, Any], repository: str | None = None) -> PullRequest:
    """A pull request as a hook or the API tells of it. Permanent if it lacks what names it."""
    repository = repository or text(inner(inner(said, "base"), "repo"), "full_name", 200)
    number, updated_at = as_whole(said.get("number")), as_time(said.get("updated_at"))
    if repository is None or number is None or number < 1 or updated_at is None:
        raise Permanent("The pull request lacks its repository, number or updated_at.")
    merged_at = as_time(said.get("merged_at"))
    state = "merged" if merged_at else "closed" if text(said, "state", 20) == "closed" else "open"
    merge_commit = sha(said, "merge_commit_sha")
    return PullRequest(
        forge=NAME,
        repository=repository,
        number=number,
        updated_at=updated_at,
        state=state,
        title=text(said, "title", 300),
        url=address(said, "html_url"),
        author=actor(inner(said, "user")),
        head=sha(inner(said, "head"), "sha"),
        head_ref=text(inner(said, "head"), "ref", 250),
        base=sha(inner(said, "base"), "sha"),
        base_ref=text(inner(said, "base"), "ref", 250),
        # Before the merge it is a trial merge's, which no branch ever holds.
        merge_commits=(merge_commit,) if merged_at and merge_commit else (),
        merged_at=merged_at,
        merged_by=actor(inner(said, "merged_by")),
        requested_by=tuple(dict.fromkeys(_requesters(said))),
        created_at=as_time(said.get("created_at")),
        added=_count(said, "additions"),
        removed=_count(said, "deletions"),
        commit_count=_count(said, "commits"),
        footers=footers(said.get("body")),
        via_app=text(inner(said, "performed_via_github_app"), "slug", 100),
    )


def review(said: Mapping[str, Any], pull: PullRequest) -> Review:
    """A review as a hook or the API tells of it (they write the state in different case)."""
    number, who = account_id(said), actor(inner(said, "user"))
    state = (text(said, "state", 30) or "").casefold()
    said_at = as_time(said.get("submitted_at"))
    if number is None or who is None or said_at is None or state not in set(Opinion):
        raise Permanent("The review lacks its id, user, submitted_at or a known state.")
    return Review(
        forge=NAME,
        repository=pull.repository,
        number=pull.number,
        key=str(number),
        reviewer=who,
        opinion=Opinion(state),
        said_at=said_at,
        changed_at=max(said_at, pull.updated_at),
        commit=sha(said, "commit_id"),
    )


def from_api(
    said: Mapping[str, Any],
    reviews: Iterable[Mapping[str, Any]],
    commits: Iterable[Mapping[str, Any]] = (),
) -> tuple[PullRequest, tuple[Review, ...]]:
    """``GET /repos/…/pulls/N``, the entries of ``…/pulls/N/reviews`` and of ``…/pulls/N/commits``;
    drafts of reviews (state PENDING) are nobody's word yet."""
    pull = replace(pull_request(said), commits=branch_commits(map(_commit, commits)))
    told = [one for one in reviews if (text(one, "state", 30) or "").casefold() in set(Opinion)]
    return pull, tuple(review(one, pull) for one in told if inner(one, "user"))


def _commit(said: Mapping[str, Any]) -> tuple[str | None, datetime | None, object]:
    """Hash, author's time and message; a merge of the target branch is not the branch's own."""
    parents, commit = said.get("parents"), inner(said, "commit")
    if isinstance(parents, list) and len(parents) > 1:
        return None, None, None
    return sha(said, "sha"), as_time(inner(commit, "author").get("date")), commit.get("message")


def _requesters(said: Mapping[str, Any]) -> Iterable[str]:
    yield from requesters(said.get("body"))
    author = (text(inner(said, "user"), "login", 100) or "").casefold().removesuffix("[bot]")
    if author in AGENT_LOGINS:
        # An agent's pull request is assigned to whoever set it to work.
        assignees = said.get("assignees")
        for one in assignees if isinstance(assignees, list) else []:
            who = actor(one) if isinstance(one, Mapping) else None
            is_agent = who is not None and (who.login or "").casefold() in AGENT_LOGINS
            if who is not None and who.login and not who.is_machine and not is_agent:
                yield who.login


def _count(said: Mapping[str, Any], name: str) -> int | None:
    value = as_whole(said.get(name))
    return value if value is not None and value >= 0 else None


SOURCES.add(NAME, GitHub())
