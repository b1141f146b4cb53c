"""Puts the account of a change together: who stands behind it and what each review is worth.

The rules are those of docs/accountability.md. Each answer says why; nobody is left out because
their word does not count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from correlator.accountability.codeowners import Codeowners
from correlator.accountability.people import People, actor_of
from correlator.types import (
    Accountability,
    Actor,
    Author,
    Commit,
    Identity,
    Opinion,
    Owned,
    Provenance,
    PullRequest,
    Review,
    SignOff,
    SignOffState,
    Standing,
)

# Trailers of the final block that say a person looked at the change and is content.
APPROVING = ("reviewed-by", "approved-by", "acked-by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All that is known of a change before it is judged.

    ``human`` and ``human_role``: who stands behind the commit by its own records. ``trailers``:
    (key in lower case, person, whether that identity is a machine) of the final block. ``others``:
    authors of the other commits of the same pull request. ``reviews_known``: a forge told of all
    its reviews.
    """

    commit: Commit
    provenance: Provenance
    author_is_machine: bool = False
    committer_is_machine: bool = False
    human: Identity | None = None
    human_role: str = ""
    trailers: tuple[tuple[str, Identity, bool], ...] = ()
    others: tuple[Identity, ...] = ()
    pull_request: PullRequest | None = None
    reviews: tuple[Review, ...] = ()
    reviews_known: bool = False
    paths: tuple[str, ...] = ()
    lines: int | None = None
    people: People = field(default_factory=People)


def account(change: Change, owners: Codeowners) -> Accountability:
    """Who stands behind the change, with reasons."""
    standing = tuple(_standing(change))
    sign_offs = _one_each((*_of_reviews(change), *_of_trailers(change)), change.people)
    return Accountability(
        sha=change.commit.sha,
        standing=standing,
        human=next((one for one in standing if one.role == "human"), None),
        pull_request=change.pull_request,
        sign_offs=sign_offs,
        owned=tuple(_owned(change, owners, sign_offs)),
        reviews_known=change.reviews_known,
        review_seconds=_review_seconds(change.pull_request, sign_offs),
        lines=change.lines,
        notes=tuple(_notes(change, owners)),
    )


def _standing(change: Change) -> Iterator[Standing]:
    commit, pull = change.commit, change.pull_request
    author = actor_of(commit.author, is_machine=change.author_is_machine)
    yield Standing(role="author", who=author, because="the author that git records")
    if commit.committer != commit.author:
        committer = actor_of(commit.committer, is_machine=change.committer_is_machine)
        yield Standing(role="committer", who=committer, because="the committer that git records")
    yield from _human(change)
    if pull is None:
        return
    if pull.author is not None:
        because = f"opened pull request {pull.number}"
        yield Standing(role="opener", who=pull.author, because=because)
    for login in pull.requested_by:
        because = f"pull request {pull.number} names who asked for it"
        yield Standing(role="requester", who=Actor(login=login), because=because)
    if pull.merged_by is not None:
        because = f"merged pull request {pull.number}"
        yield Standing(role="merger", who=pull.merged_by, because=because)


def _human(change: Change) -> Iterator[Standing]:
    """The person behind it: by the commit's records, else who asked, opened or merged."""
    pull = change.pull_request
    if change.human is not None:
        who = actor_of(change.human)
        yield Standing(role="human", who=who, because=f"{change.human_role} of the commit")
        return
    if pull is None:
        return
    chances: list[tuple[Actor | None, str]] = [
        *((Actor(login=login), "asked the agent for it") for login in pull.requested_by),
        (pull.author, f"opened pull request {pull.number}"),
        (pull.merged_by, f"merged pull request {pull.number}; nobody nearer is known"),
    ]
    for chance, because in chances:
        if chance is not None and not chance.is_machine:
            yield Standing(role="human", who=chance, because=because)
            return


def _of_reviews(change: Change) -> Iterator[SignOff]:
    """The latest decisive word of each reviewer; a comment only where there is no other."""
    latest: list[Review] = []
    for review in sorted(change.reviews, key=_order):
        at = _place(latest, review, change.people)
        if at is None:
            latest.append(review)
        elif review.opinion is not Opinion.COMMENTED:
            latest[at] = review
    for review in latest:
        state, because = _worth(review, change)
        yield SignOff(
            who=review.reviewer,
            state=state,
            because=because,
            source="review",
            at=review.said_at,
            commit=review.commit,
        )


def _order(review: Review) -> tuple[bool, datetime, str]:
    # Comments first, so that a later comment never hides a decision; then by time.
    return (review.opinion is not Opinion.COMMENTED, review.said_at, review.key)


def _place(latest: Sequence[Review], review: Review, people: People) -> int | None:
    for at, one in enumerate(latest):
        if people.same(one.reviewer, review.reviewer):
            return at
    return None


def _worth(review: Review, change: Change) -> tuple[SignOffState, str]:
    if review.opinion is Opinion.DISMISSED:
        return SignOffState.DISMISSED, "the review was dismissed or withdrawn"
    if review.opinion is Opinion.COMMENTED:
        return SignOffState.COMMENTED, "commented without a decision"
    if review.reviewer.is_machine:
        return SignOffState.MACHINE, "a machine's review is no sign-off"
    if review.opinion is Opinion.CHANGES_REQUESTED:
        return SignOffState.OBJECTS, "asked for changes and did not take that back"
    if own := _own_work(review.reviewer, change):
        return SignOffState.OWN_WORK, own
    head = change.pull_request.head if change.pull_request else None
    if review.commit is None or head is None:
        return SignOffState.STALE, "what was approved, or what was merged, is not recorded"
    if review.commit != head:
        return (
            SignOffState.STALE,
            f"approved {review.commit[:12]}, but the branch was at {head[:12]} in the end",
        )
    return SignOffState.COUNTS, f"approved {head[:12]}, the head of the branch"


def _own_work(who: Actor, change: Change) -> str | None:
    """Why an approval is of the approver's own work, or None."""
    people, pull = change.people, change.pull_request
    if any(people.same(who, actor_of(one)) for one in (change.commit.author, *change.others)):
        return "approved a change with commits of their own"
    if change.human is not None and people.same(who, actor_of(change.human)):
        return "approved the work of their own agent"
    if pull is not None and pull.author is not None and people.same(who, pull.author):
        return "approved a pull request of their own"
    if pull is not None and any(people.same(who, Actor(login=one)) for one in pull.requested_by):
        return "approved what they had asked an agent for"
    return None


def _of_trailers(change: Change) -> Iterator[SignOff]:
    for key, who, is_machine in change.trailers:
        if key not in APPROVING:
            continue
        actor = actor_of(who, is_machine=is_machine)
        state = SignOffState.COUNTS
        because = f"the commit message declares it ({key.capitalize()})"
        if is_machine:
            state, because = SignOffState.MACHINE, "a machine's review is no sign-off"
        elif not who.email:
            state, because = SignOffState.STALE, "the trailer names no mail address"
        elif own := _own_work(actor, change):
            state, because = SignOffState.OWN_WORK, own
        elif change.reviews_known:
            # Whoever writes a message can write any name into it, an agent too.
            state = SignOffState.DECLARED
            because += ", but the forge, which told us of all reviews, knows of none by them"
        yield SignOff(who=actor, state=state, because=because, source="trailer")


def _one_each(sign_offs: Sequence[SignOff], people: People) -> tuple[SignOff, ...]:
    """One word a person: a forge's outweighs a trailer's."""
    kept: list[SignOff] = []
    for one in sign_offs:
        if not any(people.same(one.who, other.who) for other in kept):
            kept.append(one)
    return tuple(kept)


def _owned(change: Change, owners: Codeowners, sign_offs: Sequence[SignOff]) -> Iterator[Owned]:
    counted = [one for one in sign_offs if one.state is SignOffState.COUNTS]
    for entry, paths in owners.required(change.paths).items():
        signed: list[str] = []
        unknown: list[str] = []
        for owner in entry.owners:
            names = frozenset({owner.casefold()})
            if "/" in owner and owner.startswith("@"):
                found = change.people.members(owner)
                unknown += [owner] if found is None else []
                names = found or frozenset()
            signed += [one.who.shown for one in counted if change.people.is_among(one.who, names)]
        yield Owned(
            pattern=entry.pattern,
            line=entry.line,
            paths=paths,
            owners=entry.owners,
            signed=tuple(dict.fromkeys(signed)),
            unknown=tuple(unknown),
            section=entry.section,
            optional=entry.optional,
        )


def _review_seconds(pull: PullRequest | None, sign_offs: Sequence[SignOff]) -> float | None:
    given = [one.at for one in sign_offs if one.state is SignOffState.COUNTS and one.at]
    if pull is None or pull.created_at is None or not given:
        return None
    return max(0.0, (min(given) - pull.created_at).total_seconds())


def _notes(change: Change, owners: Codeowners) -> Iterator[str]:
    pull = change.pull_request
    if pull is None:
        yield "no forge told us of a pull request for it"
    elif not change.reviews_known:
        yield f"nobody told us of all the reviews of pull request {pull.number}"
    if pull is not None and pull.merged_by is not None and pull.merged_by.is_machine:
        yield "a machine merged it"
    if change.provenance.author in {Author.AI, Author.MIXED} and change.human is None:
        yield "its own records name no person behind the agent"
    for line in owners.skipped[:3]:
        yield f"CODEOWNERS, {line}: not read"
