"""Suspects as the pull requests they came by: commits of one request are one suspect, in parts.

Chances add up, as only one of them can be the culprit; points do not: each commit keeps its own
evidence, which sums to its own score.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from correlator.provenance.merged import request_of
from correlator.types import Abstention, Commit, Request, Suspect, Verdict


def titled(number: int, known: Mapping[int, Request], commits: Iterable[Commit]) -> Request:
    """The request of that number as a forge told of it; else as its merge or squash is worded."""
    if (told := known.get(number)) is not None and told.title:
        return told
    url = told.url if told else None
    for commit in commits:
        named = request_of(commit)
        if named is None or named.number != number:
            continue
        body = commit.message.partition("\n")[2].strip().partition("\n")[0]
        subject = commit.subject.removesuffix(f"(#{number})").strip()
        return Request(number, (body if len(commit.parents) > 1 else subject)[:300] or None, url)
    return told or Request(number)


def by_request(verdict: Verdict, requests: Mapping[str, Request], name_from: float) -> Verdict:
    """The verdict with suspects of one pull request side by side, the likeliest request first.

    ``requests``: by full hash of the commit. The confidence is that of the whole first request: it
    may be named where none of its commits could be.
    """
    suspects = [replace(one, request=requests.get(one.sha)) for one in verdict.suspects]
    groups: defaultdict[object, list[Suspect]] = defaultdict(list)
    for one in suspects:
        own = one.request is None or one.service is not None
        groups[one.sha if own else one.request.number if one.request else 0].append(one)
    order = sorted(groups.values(), key=lambda group: -sum(one.probability for one in group))
    if not order or all(len(group) == 1 for group in order):
        return replace(verdict, suspects=tuple(suspects))
    first = order[0]
    confidence = min(sum(one.probability for one in first), 0.99)
    flat = tuple(one for group in order for one in group)
    shown = replace(verdict, suspects=flat, confidence=confidence)
    if verdict.abstained is not Abstention.NOTHING_STANDS_OUT or confidence < name_from:
        return shown
    number = first[0].request.number if first[0].request else 0
    strongest = next((row.because for row in first[0].evidence if row.points > 0), "")
    because = f"{len(first)} commits of pull request {number} are suspected together; {strongest}"
    return replace(shown, abstained=None, because=because)
