"""The risk note: what the history of files and of failure classes suggests."""

from pathlib import Path

import pytest

from correlator.gate.risk import KnownIssue, risk_of
from tests.gitrepo import GitRepo

CARTS = "KeyError in carts"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    for number in range(6):
        made.commit(f"Change {number}", {"cart.py": f"{number}\n", "tax.py": f"{number}\n"})
    return made


def issue(number: int, culprit: str, *classes: str) -> KnownIssue:
    return KnownIssue(
        project="shop", number=number, title="KeyError", url="https://x.example/1",
        culprit=culprit, confidence=0.9, classes=classes,
    )  # fmt: skip


def test_one_failure_class_twice_raises_the_risk_though_each_file_had_it_once(
    repo: GitRepo,
) -> None:
    cart = repo.commit("Cart", {"cart.py": "x\n"})
    tax = repo.commit("Tax", {"tax.py": "x\n"})
    known = [issue(1, cart, CARTS), issue(2, tax, CARTS, "slow start")]
    found = risk_of(repo.path, repo.head, ["cart.py", "tax.py"], known)
    assert found.level == "raised"
    assert found.classes == ((CARTS, 2), ("slow start", 1))
    assert f"brought: {CARTS} (2), slow start (1)" in found.because


def test_a_class_that_came_once_is_told_and_raises_nothing(repo: GitRepo) -> None:
    cart = repo.commit("Cart", {"cart.py": "x\n"})
    found = risk_of(repo.path, repo.head, ["cart.py"], [issue(1, cart, CARTS)])
    assert (found.level, found.classes) == ("usual", ((CARTS, 1),))


def test_classes_of_changes_to_other_files_say_nothing(repo: GitRepo) -> None:
    tax = repo.commit("Tax", {"tax.py": "x\n"})
    known = [issue(1, tax, CARTS), issue(2, tax, CARTS)]
    found = risk_of(repo.path, repo.head, ["cart.py"], known)
    assert (found.level, found.classes) == ("usual", ())
