"""The door alone, on a bare application: what every test of the intake knocks at."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import flask
from sqlmodel import select

from correlator import sources
from correlator.store.people import tokens
from correlator.store.session import reading, transaction
from correlator.store.tables import InboxRow, ProjectRow
from correlator.types import Fact, Inbound, Next
from correlator.world import World
from tests.sentry_samples import HOOK_SECRET, KEY, Sample
from web.door.ingest import ingest_blueprint

AUTH = {"X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=t/1"}


@dataclass
class Door:
    """An application with one project (42, ``shop``), and what came through."""

    world: World
    woken: list[Next] = field(default_factory=list)
    wake_fails: Exception | None = None

    def __post_init__(self) -> None:
        self.app = flask.Flask("door")
        self.app.register_blueprint(ingest_blueprint(self.world, self._wake))
        self.client = self.app.test_client()
        self.add_project(42, "shop", KEY)

    def _wake(self, todo: Next) -> bool:
        if self.wake_fails is not None:
            raise self.wake_fails
        self.woken.append(todo)
        return True

    def add_project(self, number: int, slug: str, key: str) -> None:
        with transaction(self.world.engine) as session:
            session.add(
                ProjectRow(
                    id=number,
                    slug=slug,
                    public_key=key,
                    webhook_secret=HOOK_SECRET,
                    created_at=self.world.now(),
                )
            )

    def token(self, project: int | None = None) -> str:
        with transaction(self.world.engine) as session:
            return tokens.mint(session, "ci", project, self.world.now())

    def send(self, sample: Sample) -> Any:
        """Send a captured request byte for byte, to project 42."""
        path = sample.path.replace("/api/43/", "/api/42/")
        return self.client.post(path, data=sample.body, headers=list(sample.headers))

    def store(self, body: bytes, **headers: str) -> Any:
        return self.client.post("/api/42/store/", data=body, headers={**AUTH, **headers})

    def envelope(self, body: bytes, **headers: str) -> Any:
        return self.client.post("/api/42/envelope/", data=body, headers={**AUTH, **headers})

    def rows(self) -> list[InboxRow]:
        """What is in the inbox, in order."""
        with reading(self.world.engine) as session:
            return list(session.exec(select(InboxRow).order_by(InboxRow.id)))

    def facts(self) -> list[Fact]:
        """What the deliveries in the inbox say."""
        return [fact for row in self.rows() for fact in self.read(row)]

    def read(self, row: InboxRow) -> tuple[Fact, ...]:
        return sources.parse(
            inbound_of(row), secret=b"secret", limits=sources.limits_of(self.world.settings)
        )


def inbound_of(row: InboxRow) -> Inbound:
    """The delivery that a row keeps."""
    assert row.body is not None
    return Inbound(
        project_id=row.project_id,
        source=row.source,
        delivery=row.delivery,
        body=row.body,
        encoding=row.encoding,
        headers=row.headers,
        received_at=row.received_at,
    )


def at(text: str) -> datetime:
    """A time, written as in RFC 3339."""
    return datetime.fromisoformat(text)
