"""Sentry's agent Seer, by its own word: hooks say which pull requests and branches it made.

The service itself tells, signed, so this is as good as an agent's own account as author.
"""

from collections.abc import Iterator

from correlator.provenance.records import DETECTORS, Brought, Records
from correlator.types import AgentWork, Author, Claim, Commit

CERTAIN = 0.9
# People go on where it stopped.
IN_PART = 0.4


@DETECTORS.named("seer")
def seer(_: Commit, records: Records) -> Iterator[Claim]:
    """A claim for each run that made the pull request that the commit came by."""
    brought = records.pull_request
    if brought is not None:
        yield from (_claim(brought, work) for work in brought.works)


def _claim(brought: Brought, work: AgentWork) -> Claim:
    what = f"pull request {brought.pull.number}" if work.branch is None else repr(work.branch[:100])
    because = f"{work.tool} told that it made {what} for issue {work.sentry_issue or 'unnamed'}"
    return Claim(
        author=Author.AI,
        mechanism="seer",
        role="authored" if brought.whole else "in part",
        certainty=CERTAIN if brought.whole else IN_PART,
        because=because,
        tool=work.tool,
        session=work.run,
    )
