"""Deployed changes as they are compared: what each was, and what it is blamed for."""

from dataclasses import dataclass
from datetime import datetime

from correlator.types.provenance import Author
from correlator.types.survey import Reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """An issue that a change may be the culprit of, with that probability (0 to 1).

    ``days``: from the change's deploy to the issue's first event. ``acted_on``: somebody had to
    mend it, which makes it an incident. ``cycles``: redeploys so far, None where nobody tried;
    ``hours``: from its first event to the roll-out that held (``is_over``), or until now.
    """

    issue_id: int
    probability: float
    days: float
    acted_on: bool = False
    cycles: int | None = None
    is_over: bool = False
    hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """A change (a merged pull request, or a commit that came without one) that was deployed.

    ``days_live``: until it was taken away again or until now. ``lines``: added and removed, None
    where no survey has seen it. ``calls``: of its service in its first thirty days, None where none
    are counted. ``minutes``: of the agent's session, where recorded. ``directory``: where most of
    its lines are. ``is_fix``: it mends or reverts another. ``taken_back``: rolled back or reverted
    within thirty days. ``person``: who made it, by a number that means nothing else.
    """

    id: int
    service: str
    deployed_at: datetime
    days_live: float
    provenance: Author
    tool: str = ""
    model: str = ""
    minutes: float | None = None
    review: Reviewed = Reviewed.UNTOLD
    directory: str = ""
    lines: int | None = None
    calls: float | None = None
    is_fix: bool = False
    taken_back: bool = False
    blamed: tuple[Blamed, ...] = ()
    person: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedCommit:
    """A commit when it first came to a service in an environment, as rows know it.

    ``number``: of the pull request it came by. ``live_until``: when a later deploy took it away;
    ``rolled_back``: that one went back. ``lines``: added and removed, None where no survey has seen
    it; ``reverts``: the full hashes that its message takes back; ``person``: the author's mail
    address.
    """

    repo_id: int
    sha: str
    deploy_id: int
    project_id: int
    service: str
    environment: str
    at: datetime
    title: str
    author: Author = Author.UNKNOWN
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    minutes: float | None = None
    number: int | None = None
    review: Reviewed = Reviewed.UNTOLD
    lines: int | None = None
    directory: str = ""
    live_until: datetime | None = None
    rolled_back: bool = False
    reverts: tuple[str, ...] = ()
    is_fix: bool = False
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedChange:
    """A change with the commits that it is made of (newest first) and where it went."""

    repo_id: int
    shas: tuple[str, ...]
    number: int | None
    title: str
    deploy_id: int
    project_id: int
    environment: str
    record: ChangeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """An issue as changes are blamed for it: by (repository, sha), with what chance.

    ``began``: its first event. ``acted_on``, ``cycles``, ``is_over``: as of ``Blamed``;
    ``ended``: the roll-out that held.
    """

    issue_id: int
    project_id: int
    service: str
    environment: str
    began: datetime
    suspects: tuple[tuple[int, str, float], ...] = ()
    acted_on: bool = False
    cycles: int | None = None
    is_over: bool = False
    ended: datetime | None = None
