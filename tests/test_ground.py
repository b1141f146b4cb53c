"""The ground that tests stand on is real, and they cannot leave it."""

import socket
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from correlator.store.session import reading, transaction
from correlator.store.tables import AccountRow
from correlator.world import World
from tests import servers


def hello(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """The smallest WSGI app."""
    start("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>hello</title><h1>hello</h1>"]


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_a_test_cannot_reach_the_network(host: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="loopback"):
        socket.create_connection((host, 80), timeout=1)


@pytest.mark.parametrize("attempt", ["first", "second"])
def test_every_test_gets_an_empty_migrated_database(world: World, attempt: str) -> None:
    with transaction(world.engine) as session:
        session.add(AccountRow(email="a@example.org", password="x", created_at=world.now()))
    with reading(world.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AccountRow)) == 1


def test_a_broker_is_empty_and_of_the_kind_it_says(broker: servers.Broker) -> None:
    with broker.client() as client:
        assert client.dbsize() == 0
        client.set("left", "behind")
        assert ("valkey_version" in client.info("server")) == (broker.kind == "valkey")


def test_a_served_app_answers_and_a_browser_shows_it(
    live_server: Callable[[Any], AbstractContextManager[str]], page: Page
) -> None:
    with live_server(hello) as url:
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.status == 200
        page.goto(url)
        assert page.get_by_role("heading").inner_text() == "hello"
