"""Whoever is on call sees on any page that the inbox grows old."""

from datetime import timedelta
from typing import Any

import pytest

from correlator.store.intake import inbox
from correlator.store.session import transaction
from correlator.types import Inbound, Next
from correlator.world import World
from tests.builders import EMAIL, NOW, PASSWORD, a_project, an_account
from web.app import create_app


def logged_in(world: World) -> Any:
    with transaction(world.engine) as session:
        an_account(session)
    app = create_app(World(settings=world.settings, engine=world.engine, now=lambda: NOW), _wake)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/login", data={"email": EMAIL, "password": PASSWORD})
    return client


def _wake(_todo: Next) -> None:
    return None


@pytest.mark.parametrize(("seconds", "shown"), [(30, False), (200, True)])
def test_an_inbox_that_grows_old_is_said_on_every_page(
    world: World, seconds: int, shown: bool
) -> None:
    client = logged_in(world)
    with transaction(world.engine) as session:
        project = a_project(session)
        row = inbox.receive(
            session,
            Inbound(
                project_id=project.id or 0,
                source="sentry-envelope",
                delivery="d",
                body=b"{}",
                received_at=NOW - timedelta(seconds=seconds),
            ),
        )
    for path in ("/", "/deploys", "/repositories"):
        assert ("The inbox is 3 min behind" in client.get(path).text) is shown
    with transaction(world.engine) as session:
        inbox.finish(session, [row or 0], NOW)
    assert "The inbox is" not in client.get("/").text
