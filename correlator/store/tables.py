"""The tables. A class that ends in Row lives in the database; rooms never see one.

SQLModel tables do not validate: values do, before they get here. Times are aware, in UTC.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
# SQLite gives an id of its own only to INTEGER; PostgreSQL wants 64 bits.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _id() -> Any:
    return Field(default=None, primary_key=True, sa_type=BIG)


def _to(target: str, *, index: bool = True) -> Any:
    return Field(foreign_key=target, index=index, sa_type=BIG)


def _maybe_to(target: str, *, index: bool = True) -> Any:
    return Field(default=None, foreign_key=target, index=index, sa_type=BIG, nullable=True)


class AccountRow(SQLModel, table=True):
    """A person who can log in."""

    __tablename__ = "account"
    id: int | None = _id()
    email: str = Field(max_length=320, unique=True)
    password: str = Field(max_length=256)
    created_at: datetime


class ProjectRow(SQLModel, table=True):
    """What one DSN belongs to; usually one service."""

    __tablename__ = "project"
    id: int | None = _id()
    slug: str = Field(max_length=64, unique=True)
    public_key: str = Field(max_length=32, unique=True)
    webhook_secret: str = Field(max_length=128)
    created_at: datetime
    issues_made: int = 0


class TokenRow(SQLModel, table=True):
    """An API token: only its hash is kept. ``project_id`` None: all projects."""

    __tablename__ = "token"
    id: int | None = _id()
    name: str = Field(max_length=128)
    hash: str = Field(max_length=64, unique=True)
    hint: str = Field(max_length=16)
    project_id: int | None = _maybe_to("project.id")
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class RepoRow(SQLModel, table=True):
    """A repository and its mirror. ``credential`` names a file in the data directory."""

    __tablename__ = "repo"
    id: int | None = _id()
    name: str = Field(max_length=200, unique=True)
    url: str = Field(max_length=2000)
    credential: str | None = Field(default=None, max_length=200)
    default_branch: str | None = Field(default=None, max_length=250)
    state: str = Field(default="new", max_length=20)
    problem: str | None = None
    fetched_at: datetime | None = None
    leased_until: datetime | None = None
    created_at: datetime


class ProjectRepoRow(SQLModel, table=True):
    """A project's code lies in this repository; frames map by replacing one root by the other."""

    __tablename__ = "project_repo"
    __table_args__ = (sa.UniqueConstraint("project_id", "repo_id"),)
    id: int | None = _id()
    project_id: int = _to("project.id")
    repo_id: int = _to("repo.id")
    stack_root: str = Field(default="", max_length=500)
    source_root: str = Field(default="", max_length=500)


class InboxRow(SQLModel, table=True):
    """A delivery that was accepted: the queue itself. The body goes once it has been worked on."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "source", "delivery"),
        sa.Index("ix_inbox_todo", "state", "claimed_until", "id"),
    )
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    source: str = Field(max_length=40)
    delivery: str = Field(max_length=200)
    encoding: str = Field(default="", max_length=20)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    body: bytes | None = None
    received_at: datetime
    state: str = Field(default="new", max_length=20)
    attempts: int = 0
    claimed_until: datetime | None = None
    done_at: datetime | None = None


class TroubleRow(SQLModel, table=True):
    """Something that could not be done, where a person sees it and can replay it."""

    __tablename__ = "trouble"
    id: int | None = _id()
    project_id: int | None = _maybe_to("project.id")
    step: str = Field(max_length=40)
    subject_id: int = Field(sa_type=BIG)
    reason: str
    body: bytes | None = None
    source: str | None = Field(default=None, max_length=40)
    delivery: str | None = Field(default=None, max_length=200)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    at: datetime
    times: int = 1
    resolved_at: datetime | None = Field(default=None, index=True)


class ReleaseRow(SQLModel, table=True):
    """A release name of a project and the revision it stands for, with how we know."""

    __tablename__ = "release"
    __table_args__ = (sa.UniqueConstraint("project_id", "name"),)
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    name: str = Field(max_length=250)
    repo_id: int | None = _maybe_to("repo.id", index=False)
    revision: str | None = Field(default=None, max_length=64)
    resolved_by: str | None = Field(default=None, max_length=20)
    because: str | None = None
    first_seen: datetime


class DeployRow(SQLModel, table=True):
    """One finished roll-out of one service to one environment. Append-only."""

    __tablename__ = "deploy"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "service", "environment", "release", "at"),
        sa.Index("ix_deploy_line", "project_id", "service", "environment", "at"),
    )
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    service: str = Field(max_length=100)
    environment: str = Field(max_length=64)
    release: str = Field(max_length=250)
    revision: str | None = Field(default=None, max_length=64)
    at: datetime
    received_at: datetime
    actor: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=1000)


class IssueRow(SQLModel, table=True):
    """The same failure again. The first_* columns never change once set: a verdict rests on them.

    ``wants_verdict`` is the to-do list of ``investigate``; ``leased_until`` its lock.
    """

    __tablename__ = "issue"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "number"),
        sa.Index("ix_issue_seen", "project_id", "last_seen"),
        sa.Index("ix_issue_todo", "wants_verdict", "leased_until"),
    )
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    number: int
    type: str = Field(max_length=200)
    value: str = Field(max_length=1000)
    culprit_frame: str = Field(default="", max_length=500)
    level: str = Field(max_length=10)
    platform: str = Field(max_length=40)
    status: str = Field(default="open", max_length=20)
    first_seen: datetime
    last_seen: datetime
    times_seen: int = 0
    users_seen: int = 0
    first_release: str | None = Field(default=None, max_length=250)
    first_environment: str = Field(max_length=64)
    first_service: str = Field(max_length=100)
    first_event_id: int | None = Field(default=None, sa_type=BIG)
    wants_verdict: bool = False
    attempts: int = 0
    leased_until: datetime | None = None
    verdict_id: int | None = Field(default=None, sa_type=BIG)


class FingerprintRow(SQLModel, table=True):
    """A fingerprint and the issue it leads to. Several may lead to one issue."""

    __tablename__ = "fingerprint"
    __table_args__ = (sa.UniqueConstraint("project_id", "version", "hash"),)
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    issue_id: int = _to("issue.id")
    version: int
    hash: str = Field(max_length=64)
    because: str


class EventRow(SQLModel, table=True):
    """One event. ``body`` is the scrubbed event, compressed; columns are what lists need."""

    __tablename__ = "event"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "event_id"),
        sa.Index("ix_event_line", "issue_id", "at"),
        sa.Index("ix_event_user", "issue_id", "user"),
        sa.Index("ix_event_age", "received_at", "stored_bytes"),
    )
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    issue_id: int = _to("issue.id", index=False)
    event_id: str = Field(max_length=32)
    at: datetime
    received_at: datetime
    release: str | None = Field(default=None, max_length=250)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    user: str | None = Field(default=None, max_length=32)
    trace_id: str | None = Field(default=None, max_length=32, index=True)
    stored_bytes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    body: bytes


class TallyRow(SQLModel, table=True):
    """How many events an issue had in an hour, by where they came from. Outlives the events."""

    __tablename__ = "tally"
    __table_args__ = (sa.UniqueConstraint("issue_id", "hour", "release", "environment", "service"),)
    id: int | None = _id()
    issue_id: int = _to("issue.id", index=False)
    hour: datetime
    release: str = Field(default="", max_length=250)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    events: int


class HitRow(SQLModel, table=True):
    """A user whom an issue hit, once. Outlives the events; ``user`` goes when it is erased, the
    row stays, so that the number of users hit stays true."""

    __tablename__ = "hit"
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "user"),
        sa.Index("ix_hit_user", "user"),
    )
    id: int | None = _id()
    issue_id: int = _to("issue.id", index=False)
    user: str | None = Field(default=None, max_length=32)


class TimingRow(SQLModel, table=True):
    """How often a step or a git command took up to ``upto`` seconds (and longer than the bucket
    below), and how many seconds that was in all. ``upto`` 0 stands for "no limit"."""

    __tablename__ = "timing"
    __table_args__ = (sa.UniqueConstraint("kind", "name", "upto"),)
    id: int | None = _id()
    kind: str = Field(max_length=10)
    name: str = Field(max_length=60)
    upto: float
    times: int = Field(sa_type=BIG)
    seconds: float


class HeartbeatRow(SQLModel, table=True):
    """When a part of the installation last showed that it lives."""

    __tablename__ = "heartbeat"
    id: int | None = _id()
    name: str = Field(max_length=40, unique=True)
    at: datetime


class CommitRow(SQLModel, table=True):
    """A commit that something shown mentions, as git had it, with its judged provenance."""

    __tablename__ = "commit"
    __table_args__ = (sa.UniqueConstraint("repo_id", "sha"),)
    id: int | None = _id()
    repo_id: int = _to("repo.id", index=False)
    sha: str = Field(max_length=64)
    author_name: str = Field(max_length=300)
    author_email: str = Field(max_length=320)
    committer_name: str = Field(max_length=300)
    committer_email: str = Field(max_length=320)
    authored_at: datetime
    committed_at: datetime
    message: str
    author: str = Field(max_length=20)
    certainty: float
    because: str
    tools: list[str] = Field(default_factory=list, sa_type=JSON)
    models: list[str] = Field(default_factory=list, sa_type=JSON)
    claims: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class PullRequestRow(SQLModel, table=True):
    """A pull or merge request as a forge last told of it; ``updated_at`` is the forge's time.

    People are objects with ``login``, ``id``, ``name``, ``email``, ``is_machine``. ``in_full``:
    somebody brought all its reviews, so that none means none."""

    __tablename__ = "pull_request"
    __table_args__ = (sa.UniqueConstraint("project_id", "forge", "repository", "number"),)
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    forge: str = Field(max_length=20)
    repository: str = Field(max_length=200)
    number: int
    updated_at: datetime
    state: str = Field(max_length=20)
    title: str | None = Field(default=None, max_length=300)
    url: str | None = Field(default=None, max_length=1000)
    author: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    head: str | None = Field(default=None, max_length=64)
    head_ref: str | None = Field(default=None, max_length=250)
    base: str | None = Field(default=None, max_length=64)
    base_ref: str | None = Field(default=None, max_length=250)
    merge_commits: list[str] = Field(default_factory=list, sa_type=JSON)
    merged_at: datetime | None = None
    merged_by: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    requested_by: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime | None = None
    added: int | None = None
    removed: int | None = None
    in_full: bool = False


class ReviewRow(SQLModel, table=True):
    """One review of a pull request, in its newest state by the forge's own time."""

    __tablename__ = "review"
    __table_args__ = (sa.UniqueConstraint("project_id", "forge", "repository", "number", "key"),)
    id: int | None = _id()
    project_id: int = _to("project.id", index=False)
    forge: str = Field(max_length=20)
    repository: str = Field(max_length=200)
    number: int
    key: str = Field(max_length=120)
    reviewer: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    opinion: str = Field(max_length=20)
    said_at: datetime
    changed_at: datetime
    commit: str | None = Field(default=None, max_length=64)


class StandingRow(SQLModel, table=True):
    """Who stands behind a commit that is shown, and what the policy says of it, as of ``at``.

    Made from the mirror, deploys, pull requests and reviews; gone when one of these changed, and
    then made anew. ``number``: the pull request it came by; ``outcome``: the worst
    of the rulings."""

    __tablename__ = "standing"
    __table_args__ = (sa.UniqueConstraint("repo_id", "sha"),)
    id: int | None = _id()
    repo_id: int = _to("repo.id", index=False)
    sha: str = Field(max_length=64)
    number: int | None = None
    deployed_at: datetime | None = None
    outcome: str | None = Field(default=None, max_length=20)
    at: datetime
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class BlameRow(SQLModel, table=True):
    """A file's blame at a revision: never wrong again, so kept for good."""

    __tablename__ = "blame"
    __table_args__ = (sa.UniqueConstraint("repo_id", "revision", "path", "recipe"),)
    id: int | None = _id()
    repo_id: int = _to("repo.id", index=False)
    revision: str = Field(max_length=64)
    path: str = Field(max_length=1000)
    recipe: str = Field(max_length=40)
    body: bytes


class VerdictRow(SQLModel, table=True):
    """A verdict as it was given. Append-only; the issue points to the one in force."""

    __tablename__ = "verdict"
    id: int | None = _id()
    issue_id: int = _to("issue.id")
    event_id: int = Field(sa_type=BIG)
    repo_id: int | None = _maybe_to("repo.id", index=False)
    at: datetime
    release: str | None = Field(default=None, max_length=250)
    deployed: str | None = Field(default=None, max_length=64)
    resolved_by: str | None = Field(default=None, max_length=20)
    resolved_because: str | None = None
    previous: str | None = Field(default=None, max_length=64)
    previous_release: str | None = Field(default=None, max_length=250)
    commits_in_range: int | None = None
    confidence: float
    abstained: str | None = Field(default=None, max_length=40)
    because: str
    weights: str = Field(max_length=40)
    seconds: float
    notes: list[str] = Field(default_factory=list, sa_type=JSON)
    locations: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    snippets: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class SuspectRow(SQLModel, table=True):
    """A suspect of a verdict with its evidence rows, which sum to the score."""

    __tablename__ = "suspect"
    __table_args__ = (sa.UniqueConstraint("verdict_id", "place"),)
    id: int | None = _id()
    verdict_id: int = _to("verdict.id", index=False)
    place: int
    sha: str = Field(max_length=64, index=True)
    score: float
    probability: float
    in_range: bool
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class JudgementRow(SQLModel, table=True):
    """What a person said about a suspect of an issue. Append-only; the newest counts."""

    __tablename__ = "judgement"
    id: int | None = _id()
    issue_id: int = _to("issue.id")
    sha: str = Field(max_length=64)
    said: str = Field(max_length=20)
    account_id: int | None = _maybe_to("account.id", index=False)
    at: datetime
