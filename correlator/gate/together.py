"""Suspects that came by one pull request, taken together: the same for a worker and a terminal."""

from collections.abc import Sequence
from dataclasses import replace

from correlator.code.repo import Repo
from correlator.gate.membership import members
from correlator.investigation.requests import by_request, titled
from correlator.types import Explanation, PullRequest, Request


def together(
    repo: Repo, told: Explanation, pulls: Sequence[PullRequest], name_from: float
) -> Explanation:
    """The explanation with commits of one pull request as one suspect in parts.

    ``pulls``: what a forge told, if anything; merges and squashes tell of themselves.
    """
    if not told.verdict.suspects or not told.deployed:
        return told
    ranged = repo.between(told.previous, told.deployed) if told.previous else ()
    commits = {commit.sha: commit for commit in (*ranged, *told.commits.values())}
    numbers = members(tuple(commits.values()), {}, pulls)
    known = {pull.number: Request(pull.number, pull.title, pull.url) for pull in pulls}
    requests = {
        one.sha: titled(numbers[one.sha], known, commits.values())
        for one in told.verdict.suspects
        if one.sha in numbers
    }
    return replace(told, verdict=by_request(told.verdict, requests, name_from))
