"""A town of small services for scripted histories of fixes: one repository, a file for each case.

Time is counted in hours from ``START``. Everything goes through the door and the steps, as it does
in an installation: commits are fetched, deploys and events are delivered, and the clock is set.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import col, select

from correlator import sources
from correlator.code.mirrors import mirror_directory
from correlator.steps import drain
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.cycles.due import deploy_concerns
from correlator.store.fixes.words import keep_resolved, keep_sentry_issue
from correlator.store.intake import inbox
from correlator.store.intake.projects import add_project
from correlator.store.session import reading, transaction
from correlator.store.tables import EpisodeRow, FixAttemptRow, FollowedRow, IssueRow
from correlator.types import Next, Resolved
from correlator.world import World
from tests.deliveries import an_event, envelope
from tests.gitrepo import GitRepo

START = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
HOUR = timedelta(hours=1)
READS = {"wrong": "order['price']", "right": "order.get('price', 0)"}


def source_of(service: str, files: str = "right") -> str:
    """The service's file, right or wrong in the line that fails."""
    return f"def work_{service}(order):\n    total = {READS[files]}\n    return total\n"


def at(hours: float) -> datetime:
    return START + hours * HOUR


@dataclass
class Town:
    """One project and its repository; deliveries are kept until ``settle``."""

    world: World
    git: GitRepo
    project: int = 0
    repo: int = 0
    events: int = 0
    waiting: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    undone: dict[str, tuple[str, str]] = field(default_factory=dict)
    unmarked: set[str] = field(default_factory=set)
    first_deploy: dict[str, dict[str, object]] = field(default_factory=dict)

    def found(self) -> None:
        with transaction(self.world.engine) as session:
            self.project = add_project(session, "shop", START).id or 0
            row = add_repo(session, "shop", str(self.git.path), None, START)
            link_repo(session, self.project, row.id or 0)
            self.repo = row.id or 0

    def deploy(
        self, service: str, release: str, sha: str | None, hours: float, **more: object
    ) -> None:
        self.known.add(release)
        marker = {
            "release": release,
            "revision": sha,
            "service": service,
            "environment": "production",
            "at": at(hours).isoformat(),
            **more,
        }
        self.deliver("deploy", json.dumps(marker).encode())

    def fail(self, service: str, release: str | None, *hours: float, **more: object) -> None:
        for hour in hours:
            self.events += 1
            event = an_event(
                event_id=f"{self.events:032x}",
                at=at(hour),
                release=release,
                transaction=f"{service}.work",
                **{
                    "frames": [frame(service)],
                    "tags": {"service": service},
                    "user": {"id": f"user-{self.events % 7}"},
                    **more,
                },
            )
            self.deliver("sentry-envelope", envelope(event))

    def call(self, service: str, release: str, number: int, *hours: float, sent: int = 1) -> None:
        """So many calls in each of these hours, of which the SDK sent some."""
        for hour in hours:
            for _ in range(sent):
                self.events += 1
                rate = sent / number
                body = _called(self.events, service, release, at(hour + 0.5), rate)
                self.deliver("sentry-envelope", body)

    def deliver(self, source: str, body: bytes, **headers: str) -> None:
        self.waiting.append((source, body, headers))

    def ident(self, service: str) -> int:
        row = self.issues().get(service)
        return (row.id or 0) if row else 0

    def resolve(self, service: str, details: Mapping[str, object], hours: float) -> None:
        """Sentry's word; it knows the issue by its type and message."""
        with transaction(self.world.engine) as session:
            fact = Resolved(
                sentry_issue=str(9_000_000 + self.ident(service)),
                short=None,
                type="",
                value="",
                commit=_text(details.get("inCommit")),
                release=_text(details.get("inRelease")),
                at=at(hours),
            )
            keep_sentry_issue(session, self.project, fact.sentry_issue, self.ident(service))
            keep_resolved(session, self.project, fact)

    def settle(self, hours: float) -> None:
        """Everything arrives, the mirror is fetched, and it is ``hours`` o'clock."""
        arrived_at = at(hours)
        self.world = replace(self.world, now=lambda: arrived_at)
        where = mirror_directory(self.world.settings.mirrors, self.repo)
        if not where.exists():
            where.parent.mkdir(parents=True, exist_ok=True)
            self.git.run("clone", "--quiet", "--mirror", str(self.git.path), str(where))
        self.git.run("-C", str(where), "fetch", "--quiet", "--prune", "origin")
        for source, body, headers in self.waiting:
            arrived = sources.Arrived(
                project_id=self.project,
                body=body,
                limits=sources.limits_of(self.world.settings),
                received_at=arrived_at,
                headers={name.replace("_", "-"): said for name, said in headers.items()},
            )
            with transaction(self.world.engine) as session:
                inbox.receive(session, sources.check(source, arrived))
        self.waiting.clear()
        drain(self.world, Next("digest"))

    def issues(self) -> Mapping[str, IssueRow]:
        """The issue of each service: its first."""
        with reading(self.world.engine) as session:
            rows = session.exec(select(IssueRow).order_by(col(IssueRow.id).desc()))
            return {row.first_service: row for row in rows}

    def youngest(self, service: str) -> IssueRow:
        with reading(self.world.engine) as session:
            mine = select(IssueRow).where(IssueRow.first_service == service)
            return session.exec(mine.order_by(col(IssueRow.id).desc()).limit(1)).one()

    def follow(self) -> None:
        with reading(self.world.engine) as session:
            ids = deploy_concerns(session, self.project, self.world.now())
        drain(self.world, Next("follow_up", tuple(ids)))

    def told(self, service: str, environment: str = "production") -> list[str]:
        """The episodes in words: states of the attempts, and how each episode ended."""
        issue = self.issues()[service]
        with reading(self.world.engine) as session:
            episodes = session.exec(
                select(EpisodeRow)
                .where(EpisodeRow.issue_id == issue.id, EpisodeRow.environment == environment)
                .where(EpisodeRow.service == service)
                .order_by(col(EpisodeRow.place))
            ).all()
            attempts = session.exec(
                select(FixAttemptRow)
                .where(FixAttemptRow.issue_id == issue.id)
                .where(FixAttemptRow.environment == environment)
                .where(FixAttemptRow.service == service)
                .order_by(col(FixAttemptRow.place))
            ).all()
        return [
            " → ".join(
                [*(one.state + ("*" if one.is_roll_back else "")
                   for one in attempts if one.episode == episode.place)]
                or ["never deployed" if episode.never_deployed else "no attempt"]
            )
            for episode in episodes
        ]  # fmt: skip

    def followed(self, service: str) -> FollowedRow:
        issue = self.issues()[service]
        with reading(self.world.engine) as session:
            return session.exec(select(FollowedRow).where(FollowedRow.issue_id == issue.id)).one()

    def play(
        self,
        cases: "Mapping[str, Callable[[Case], None]]",
        afterwards: "Mapping[str, Callable[[Case], None]]",
        began: Mapping[str, tuple[int, ...]],
        steady: tuple[int, ...],
        now: float,
        begun: "Mapping[str, Callable[[Town, str], list[str]]]" = MappingProxyType({}),
    ) -> None:
        """Everything breaks, the issues get their numbers, then each case goes its way; last,
        what comes after all was told."""
        shas: dict[str, list[str]] = {}
        for name in cases:
            if name in begun:
                shas[name] = begun[name](self, name)
                continue
            old = self.git.commit(f"begin {name}", {f"{name}/work.py": source_of(name)}, at=at(-30))
            shas[name] = [old]
        for name in cases:
            if name in begun:
                continue
            shas[name].append(
                self.git.commit(f"break {name}", {f"{name}/work.py": source_of(name, "wrong")})
            )
        for name in cases:
            case = Case(self, name, 0, shas[name])
            if name in self.unmarked:
                continue
            case.deploy(0, -24)
            case.deploy(1, 0, **self.first_deploy.get(name, {}))
        for name in cases:
            case = Case(self, name, 0, shas[name])
            release = None if name == "no_release" else case.sent_by(1)
            self.fail(name, release, *began.get(name, steady))
        self.settle(now)
        numbers = {name: row.number for name, row in self.issues().items()}
        for plays in (cases, afterwards):
            for name, play in plays.items():
                play(Case(self, name, numbers[name], shas[name]))
            self.settle(now)


@dataclass
class Case:
    """One service and its issue. ``shas``: of its releases, in order: good, broken, then fixes."""

    town: Town
    service: str
    issue: int
    shas: list[str]

    @property
    def git(self) -> GitRepo:
        return self.town.git

    @property
    def bad(self) -> str:
        return self.shas[1]

    def release(self, place: int) -> str:
        return f"{self.service}@{place}"

    def commit(self, hours: float, body: str, *, files: str = "right", subject: str = "") -> str:
        """A commit; a body that names the issue by ``{issue}`` gets its name."""
        said = body.format(
            issue=f"SHOP-{self.issue}", lower=f"shop-{self.issue}", id=self.town.ident(self.service)
        )
        text = source_of(self.service, "wrong" if files == "wrong" else "right")
        content = text if files == "wrong" else f"{text}# {len(self.shas)}\n"
        if files == "last":
            content = f"{text}# {len(self.shas) - 1}\n"
        sha = self.git.commit(
            subject or f"change {self.service} {len(self.shas)}",
            {f"{self.service}/work.py": content},
            body=said,
            at=at(hours - 0.5),
        )
        self.shas.append(sha)
        return sha

    def deploy(self, place: int, hours: float, **more: object) -> None:
        self.town.deploy(self.service, self.release(place), self.shas[place], hours, **more)

    def fails(self, place: int, *hours: float, **more: object) -> None:
        self.town.fail(self.service, self.sent_by(place), *hours, **more)

    def sent_by(self, place: int) -> str:
        """A release that no marker names is known by the hash in its name."""
        if self.release(place) in self.town.known:
            return self.release(place)
        return f"{self.service}@{self.shas[place]}"

    def named(self, body: str) -> str:
        return body.format(issue=f"SHOP-{self.issue}")

    def pick(self, sha: str, hours: float, message: str = "") -> None:
        """A real cherry-pick onto what is checked out; the author's time stays."""
        self.shas.append(self.git.pick(sha, at(hours - 0.5), message))

    def calls(self, release: str, number: int, *hours: float, sent: int = 1) -> None:
        """So many calls of the failing transaction in each of these hours."""
        self.town.call(self.service, release, number, *hours, sent=sent)

    def pull(self, head: str, state: str, body: str, hours: float, merged: str = "") -> None:
        """A forge's word of a pull request."""
        self.git.update_ref(f"refs/pull/{self.issue + 2000}/head", head)
        said = {
            "action": "closed",
            "repository": {"full_name": "shop"},
            "pull_request": {
                "number": self.issue + 2000,
                "title": "Work on it",
                "body": body,
                "state": "closed",
                "merged": state == "merged",
                "updated_at": at(hours).isoformat(),
                "merged_at": at(hours).isoformat() if merged else None,
                "merge_commit_sha": merged or None,
                "head": {"sha": head, "ref": f"side-{self.service}"},
                "base": {"sha": self.shas[0], "ref": "main"},
            },
        }
        self.town.deliver(
            "github",
            json.dumps(said).encode(),
            x_github_event="pull_request",
            x_github_delivery=f"{self.issue}-{state}",
        )

    def fix(
        self,
        hours: float,
        body: str,
        *,
        files: str = "right",
        fails: tuple[float, ...] = (),
        subject: str = "",
    ) -> None:
        self.commit(hours, body, files=files, subject=subject)
        self.deploy(len(self.shas) - 1, hours)
        self.fails(len(self.shas) - 1, *fails)

    def resolved(self, details: Mapping[str, object], hours: float = 60) -> None:
        self.town.resolve(self.service, details, hours)


def _text(said: object) -> str | None:
    if isinstance(said, Mapping):
        return str(said["commit"])
    return str(said) if said else None


def _called(number: int, service: str, release: str, when: datetime, rate: float) -> bytes:
    header = {"event_id": f"{number:032x}", "trace": {"sample_rate": str(rate)}}
    payload = {
        "transaction": f"{service}.work",
        "release": release,
        "environment": "production",
        "timestamp": when.timestamp(),
        "tags": {"service": service},
    }
    return "\n".join(json.dumps(one) for one in (header, {"type": "transaction"}, payload)).encode()


def frame(service: str) -> dict[str, object]:
    return {
        "filename": f"{service}/work.py",
        "function": f"work_{service}",
        "module": f"{service}.work",
        "lineno": 2,
        "context_line": "    total = order['price']",
        "in_app": True,
    }
