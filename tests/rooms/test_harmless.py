"""What blame names and what harms nothing: layout, comments, and one edit in many files."""

from pathlib import Path

import pytest

from correlator.code.layout import same_program
from correlator.code.repo import Repo
from correlator.ranking.sweeps import is_sweep, may_be_layout
from correlator.types import FilePatch, Hunk
from tests.gitrepo import GitRepo

PLAIN = "def total(cart):\n    if cart:\n        return cart.sum\n    return 0\n"


def a_file(path: str, removed: tuple[str, ...], added: tuple[str, ...]) -> FilePatch:
    return FilePatch(path, path, (Hunk(1, len(removed), 1, len(added), removed, added),))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.py", PLAIN, "# said\n" + PLAIN),
        ("a.py", PLAIN, PLAIN.replace("(cart):\n", '(cart):\n    """Says it."""\n')),
        ("a.py", "x = f(1, 2)\n", "x = f(\n    1,\n    2,\n)\n"),
        ("a.py", "x = 'a'\n", 'x = "a"\n'),
        ("a.py", "x = (1 + 2)\n", "x = 1 + 2\n"),
        ("a.js", "f(1); // one\n", "f(\n  1\n);\n"),
        ("A.java", "class A { int x; }", "/* said */ class A {\n  int x;\n}"),
        ("a.go", "package a\n", "// said\npackage a\n"),
    ],
)
def test_layout_comments_and_documentation_leave_the_program_the_same(
    path: str, old: str, new: str
) -> None:
    assert same_program(path, old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.py", PLAIN, PLAIN.replace("    return 0", "        return 0")),
        ("a.py", PLAIN, PLAIN.replace("if cart", "if not cart")),
        ("a.py", "x = 'a'\n", "x = 'b'\n"),
        ("a.py", "x = a + b\n", "x = a - b\n"),
        ("a.js", "f(a || b);\n", "f(a && b);\n"),
        ("a.py", "f(1, 2)\n", "f(12)\n"),
        ("a.unknown", "same", "same"),
        ("a.py", "def (:\n", "def (:\n"),
    ],
)
def test_what_means_something_else_is_another_program(path: str, old: str, new: str) -> None:
    assert not same_program(path, old, new)


def test_only_changes_whose_lines_leave_it_open_are_compared() -> None:
    assert may_be_layout([a_file("a.py", ("f(1, b)",), ("f(", "    1,", "    b,", ")"))])
    assert may_be_layout([a_file("a.py", ("# one",), ("# two",))])
    assert not may_be_layout([a_file("a.py", ("f(a)",), ("f(b)",))])
    assert not may_be_layout([])


def test_the_same_edit_in_many_files_is_a_sweep() -> None:
    hints = [
        a_file(f"shop/m{n}.py", (f"def f{n}(a):",), (f"def f{n}(a: str) -> None:",))
        for n in range(12)
    ]
    assert is_sweep(hints)
    assert not is_sweep(hints[:5])


def test_many_files_with_edits_of_their_own_are_no_sweep() -> None:
    own = [a_file(f"shop/m{n}.py", (f"x{n} = y{n}",), (f"z{n} = w{n}()",)) for n in range(12)]
    assert not is_sweep(own)


def test_blame_looks_through_a_sweep_to_who_wrote_the_line_before(tmp_path: Path) -> None:
    git = GitRepo(tmp_path / "shop")
    first = git.commit("one", {"cart.py": "def f(a):\n    return a.b\n"})
    sweep = git.commit("hints", {"cart.py": "def f(a: str) -> str:\n    return a.b\n"})
    repo = Repo(git.path)
    told = repo.blame_lines(sweep, "cart.py", [1])
    assert told[1].sha == sweep
    assert repo.before(sweep, told, [sweep])[1].sha == first
