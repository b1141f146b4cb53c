"""Fixtures of the web tests: a site on each kind of database, or on the quick one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.settings import Settings
from correlator.store.session import open_engine
from correlator.world import World
from tests import builders
from tests.web.pages_site import Site


@pytest.fixture
def quick_world(tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    """A world on SQLite only, for what does not depend on the database."""
    engine = open_engine(sqlite_url)
    yield World(
        settings=Settings(data_dir=tmp_path / "data", database_url=sqlite_url), engine=engine
    )
    engine.dispose()


@pytest.fixture
def site(world: World) -> Site:
    """A site that somebody is logged in to, on each kind of database."""
    made = Site(world)
    made.keep(builders.an_account)
    made.log_in()
    return made


@pytest.fixture
def quick_site(quick_world: World) -> Site:
    """The same on SQLite only."""
    made = Site(quick_world)
    made.keep(builders.an_account)
    made.log_in()
    return made
