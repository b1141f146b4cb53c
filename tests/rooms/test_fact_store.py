"""What was found of commits is asked once, and never believed beyond the code that found it."""

from pathlib import Path
from types import ModuleType

import pytest

from correlator.code.fact_store import FactStore, question
from correlator.code.repo import Repo
from correlator.investigation import harmless
from tests.gitrepo import GitRepo

HINTS = {f"shop/m{number}.py": "def total(cart):\n    return cart\n" for number in range(12)}


def a_module(file: Path, text: str) -> ModuleType:
    file.write_text(text)
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    return module


def test_a_question_is_another_one_once_the_code_that_answers_has_changed(tmp_path: Path) -> None:
    before = question("sweep", a_module(tmp_path / "sweeps.py", "FILES = 10"))
    assert before == question("sweep", a_module(tmp_path / "sweeps.py", "FILES = 10"))
    assert before != question("sweep", a_module(tmp_path / "sweeps.py", "FILES = 12"))
    assert before != question("layout", a_module(tmp_path / "sweeps.py", "FILES = 10"))


def test_answers_are_kept_by_question(tmp_path: Path) -> None:
    store = FactStore(tmp_path / "facts.sqlite")
    assert store.get("sweep", ["a", "b"]) == {}
    store.put("sweep", {"a": True, "b": False})
    store.put("sweep", {"b": True})
    assert store.get("sweep", ["a", "b", "c"]) == {"a": True, "b": True}
    assert store.get("layout", ["a"]) == {}


def test_a_sweep_and_mere_layout_are_found_once_and_then_known(
    git_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_repo.commit("begin", HINTS)
    hinted = {path: text.replace("(cart)", "(cart: Cart)") for path, text in HINTS.items()}
    sweep = git_repo.commit("hints", hinted)
    comment = {"shop/m1.py": "# Said.\n" + hinted["shop/m1.py"]}
    layout = git_repo.commit("comment", comment)
    work = git_repo.commit("work", {"shop/m2.py": "def total(cart):\n    return cart.sum\n"})

    def told() -> tuple[frozenset[str], frozenset[str]]:
        repo = Repo(git_repo.path, patches=tmp_path / "patches.sqlite")
        patches = repo.changes([sweep, layout, work]).values()
        harmless._SAME.clear()
        return harmless.sweeps(repo, patches), harmless.of_layout(repo, patches)

    assert told() == (frozenset({sweep}), frozenset({layout}))
    monkeypatch.setattr(harmless, "is_sweep", pytest.fail)
    monkeypatch.setattr(harmless, "same_program", pytest.fail)
    assert told() == (frozenset({sweep}), frozenset({layout}))


def test_of_a_shallow_clones_edge_nothing_is_kept(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("one", {"a.py": "a = 1\n"})
    head = git_repo.commit("two", {"a.py": "a = 2\n"})
    clone = tmp_path / "shallow.git"
    git_repo.run("clone", "--bare", "--quiet", "--depth=1", f"file://{git_repo.path}", str(clone))
    repo = Repo(clone, patches=tmp_path / "patches.sqlite")
    repo.know("sweep", {head: True, "f" * 40: False})
    assert repo.known("sweep", [head, "f" * 40]) == {"f" * 40: False}
