"""Functions are followed back through patches, and removals are seen."""

from correlator.code.history import Mark, Stretch, contacts
from correlator.code.repo import Repo
from tests.gitrepo import GitRepo

HEAD = "import os\n\n\n"
GUARDED = "def pay(cart):\n    if cart is None:\n        return 0\n    return cart.total\n"
BARE = "def pay(cart):\n    return cart.total\n"
OTHER = "\n\ndef ship(cart):\n    return cart.address\n"


def test_a_removed_guard_is_a_contact_though_no_line_of_it_is_left(git_repo: GitRepo) -> None:
    git_repo.commit("start", {"shop.py": HEAD + GUARDED + OTHER})
    culprit = git_repo.commit("simplify", {"shop.py": HEAD + BARE + OTHER})
    head = git_repo.commit("elsewhere", {"shop.py": HEAD + BARE + OTHER + "\nX = 1\n"})
    found = contacts(Repo(git_repo.path).history(head, ["shop.py"]), [Stretch(0, "shop.py", 4, 5)])
    assert found[0].sha == culprit
    assert any("is None" in line for line in found[0].hunk.removed)


def test_lines_that_moved_down_are_followed_to_where_they_were(git_repo: GitRepo) -> None:
    git_repo.commit("start", {"shop.py": BARE + OTHER})
    touched = git_repo.commit("touch", {"shop.py": BARE + OTHER.replace("address", "place")})
    imports = "".join(f"import m{n}\n" for n in range(30))
    head = git_repo.commit(
        "imports", {"shop.py": imports + BARE + OTHER.replace("address", "place")}
    )
    stretch = Stretch(7, "shop.py", 35, 36)
    shas = [c.sha for c in contacts(Repo(git_repo.path).history(head, ["shop.py"]), [stretch])]
    assert shas[0] == touched
    assert head not in shas


def test_a_marked_line_is_followed_to_whoever_wrote_it_before(git_repo: GitRepo) -> None:
    first = git_repo.commit("start", {"shop.py": HEAD + BARE})
    second = git_repo.commit("gross", {"shop.py": HEAD + BARE.replace("total", "gross")})
    third = git_repo.commit("net", {"shop.py": "#\n" + HEAD + BARE.replace("total", "net")})
    stretch = Stretch(0, "shop.py", 5, 6, (Mark(6),))
    found = contacts(Repo(git_repo.path).history(third, ["shop.py"]), [stretch])
    assert [(c.sha, c.gap, c.rewritten) for c in found] == [
        (third, 0, 0),
        (second, 0, 1),
        (first, 0, 2),
    ]


def test_the_gap_counts_lines_between_a_hunk_and_the_marked_line(git_repo: GitRepo) -> None:
    body = "def pay(cart):\n    a = 1\n    b = 2\n    c = 3\n    return cart.total\n"
    git_repo.commit("start", {"shop.py": body})
    above = git_repo.commit("above", {"shop.py": body.replace("a = 1", "a = 9")})
    gone = git_repo.commit("gone", {"shop.py": body.replace("    c = 3\n", "").replace("1", "9")})
    stretch = Stretch(0, "shop.py", 1, 4, (Mark(4),))
    found = contacts(Repo(git_repo.path).history(gone, ["shop.py"]), [stretch])
    assert [(c.sha, c.gap) for c in found[:2]] == [(gone, 1), (above, 3)]
