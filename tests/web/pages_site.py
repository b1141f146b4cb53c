"""A site to look at: the application over a seeded database, and a client that is logged in."""

import re
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from correlator.settings import Settings
from correlator.store.session import transaction
from correlator.types import Next
from correlator.world import World
from tests import builders
from web.app import create_app


class _Compiled(BytecodeCache):
    """Templates are compiled once a test process, not once an application."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Site:
    """The application, what it woke, and a browser without scripts."""

    world: World
    woken: list[Next] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = replace(self.world, now=lambda: builders.NOW)
        self.app = create_app(self.world, self.woken.append)
        self.app.jinja_env.bytecode_cache = _Compiled()
        self.client: FlaskClient = self.app.test_client()

    def keep(self, build: Any) -> Any:
        """Run a builder in a transaction of its own."""
        with transaction(self.world.engine) as session:
            return build(session)

    def log_in(self, password: str = builders.PASSWORD, **more: Any) -> TestResponse:
        """Log in as the account that ``builders.an_account`` makes."""
        given = {"email": builders.EMAIL, "password": password}
        return self.post("/login", {**given, **more}, form_at="/login")

    def post(self, path: str, given: dict[str, str], form_at: str = "/") -> TestResponse:
        """Send a form with the token that the page ``form_at`` carries."""
        token = _TOKEN.search(self.client.get(form_at).text)
        assert token, f"{form_at} has no form"
        return self.client.post(path, data={**given, "csrf_token": token[1]})

    def text(self, path: str) -> str:
        """A page that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return answer.text

    def twin(self, path: str) -> Any:
        """The JSON twin of a page that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return answer.get_json()


def with_settings(world: World, **given: Any) -> World:
    """The world under other settings."""
    kept = world.settings.model_dump()
    return replace(world, settings=Settings(**{**kept, **given}))
