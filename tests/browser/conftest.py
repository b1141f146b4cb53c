"""A site in a real browser: the application over rows that a test made, and somebody logged in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from correlator.settings import Settings
from correlator.store.session import open_engine, transaction
from correlator.world import World
from tests import builders
from tests.builders import EMAIL, NOW, PASSWORD
from web.app import create_app

Fill = Callable[[Session], object]
Open = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def open_site(
    tmp_path: Path,
    sqlite_url: str,
    page: Page,
    live_server: Callable[[Any], AbstractContextManager[str]],
) -> Open:
    """``with open_site(fill) as url``: rows as ``fill`` makes them beside an account, then what
    ``work`` does, if given, and the page logged in."""

    @contextmanager
    def opened(fill: Fill, work: Callable[[World], object] | None = None) -> Iterator[str]:
        engine = open_engine(sqlite_url)
        settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url)
        world = World(settings=settings, engine=engine, now=lambda: NOW)
        with transaction(engine) as session:
            builders.an_account(session)
            fill(session)
        if work:
            work(world)
        with live_server(create_app(world, lambda _todo: None)) as url:
            page.goto(f"{url}/login")
            page.get_by_label("Mail address").fill(EMAIL)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("heading", name="Issues")).to_be_visible()
            yield url
        engine.dispose()

    return opened
