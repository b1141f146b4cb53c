"""A scripted history: what became of fixes, told from what production showed."""

from pathlib import Path

import pytest

from correlator.world import World
from tests.gitrepo import GitRepo
from tests.journeys.cycles_town import RIGHT, WRONG, Town, at


@pytest.fixture
def town(world: World, tmp_path: Path) -> Town:
    made = Town(world, GitRepo(tmp_path / "repo"))
    made.found()
    return made


def test_first(town: Town) -> None:
    git = town.git
    old = git.commit("begin", {"a/work.py": RIGHT}, at=at(-30))
    bad = git.commit("break it", {"a/work.py": WRONG}, at=at(-2))
    fix = git.commit("mend", {"a/work.py": RIGHT}, body="Fixes SHOP-1", at=at(47))
    town.deploy("a", "a@0", old, -24)
    town.deploy("a", "a@1", bad, 0)
    town.fail("a", "a@1", *range(1, 48, 2))
    town.deploy("a", "a@2", fix, 48)
    town.settle(120)
    town.follow()
    assert town.told("a") == ["held"]
