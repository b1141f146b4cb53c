"""Patterns, CODEOWNERS and people: whose word a file needs, and who is the same person."""

import time

import pytest

from correlator.accountability import People, actor_of, read_codeowners
from correlator.path_patterns import glob, matches
from correlator.types import Actor, Identity


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a/b/c.py", True),
        ("*.js", "web/app.js", True),
        ("*.js", "web/app.jsx", False),
        ("/build/logs/", "build/logs/x/y.txt", True),
        ("/build/logs/", "sub/build/logs/x.txt", False),
        ("/build/logs/", "build/logs", False),
        ("docs/*", "docs/getting-started.md", True),
        ("docs/*", "docs/build-app/troubleshooting.md", False),
        ("docs/*", "other/docs/a.md", False),
        ("apps/", "x/apps/y/z", True),
        ("/docs/", "docs/a/b.md", True),
        ("/apps/github", "apps/github/a.py", True),
        ("/apps/github", "apps/github", True),
        ("**/logs", "build/logs/a/b", True),
        ("**/logs", "logs/a", True),
        ("/scripts/**/test.sh", "scripts/test.sh", True),
        ("/scripts/**/test.sh", "scripts/a/b/test.sh", True),
        ("/scripts/**", "scripts/a/b", True),
        ("/scripts/**", "scripts", False),
        ("te?t.py", "a/test.py", True),
        ("te?t.py", "a/te/t.py", False),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("billing", "billing/a/b.py", True),
        ("Billing", "billing/a.py", False),
        ("*/*/c.py", "a/b/c.py", True),
        ("*/*/c.py", "a/c.py", False),
        ("", "a", False),
    ],
)
def test_a_pattern_names_files_as_gitignore_and_codeowners_do(
    pattern: str, path: str, expected: bool
) -> None:
    assert matches(pattern, path) is expected


def test_no_pattern_takes_long() -> None:
    began = time.perf_counter()
    assert not matches("/" + "**/a*" * 80 + "/z", "/".join(["aaaa"] * 200))
    assert not glob("*a" * 100 + "b", "a" * 5000)
    assert time.perf_counter() - began < 2


def owners_of(text: str, path: str) -> list[tuple[str, ...]]:
    return [entry.owners for entry in read_codeowners(text).owning(path)]


def test_the_last_line_that_matches_wins() -> None:
    text = "* @all\n/billing/ @money pay@example.org # who else\n/billing/docs/\n"
    assert owners_of(text, "a.py") == [("@all",)]
    assert owners_of(text, "billing/a.py") == [("@money", "pay@example.org")]
    assert owners_of(text, "billing/docs/a.md") == []


def test_a_line_that_is_not_understood_is_skipped_and_named() -> None:
    read = read_codeowners("* @all\n*.py nobody\n!x @a\n[a-z].py @b\n")
    assert [entry.line for entry in read.entries] == [1]
    assert read.skipped[0].startswith("line 2:")
    assert owners_of("* @all\n*.py nobody\n", "a.py") == [("@all",)]


def test_spaces_are_escaped_and_hashes_begin_remarks() -> None:
    text = "# remark\n/my\\ docs/ @a\n\\#odd @b\n"
    assert owners_of(text, "my docs/x") == [("@a",)]
    assert owners_of(text, "#odd") == [("@b",)]


def test_gitlabs_sections_are_judged_one_by_one() -> None:
    text = "* @all\n[Docs] @writers\n*.md\n^[Style][2]\n*.css @design\n[docs]\nREADME.md @ana\n"
    assert owners_of(text, "x.md") == [("@all",), ("@writers",)]
    assert owners_of(text, "README.md") == [("@all",), ("@ana",)]
    (_, style) = read_codeowners(text).owning("a.css")
    assert (style.section, style.optional) == ("Style", True)
    excluded = "[Docs] @writers\n*.md\n!LICENSE.md\n"
    assert owners_of(excluded, "LICENSE.md") == []


def test_a_noreply_mail_joins_git_and_forge() -> None:
    people = People()
    git = actor_of(Identity("Ben Roe", "7+Ben@users.noreply.github.com"))
    assert people.same(git, Actor(login="ben"))
    assert people.same(git, Actor(id=7, login="renamed"))
    assert not people.same(git, Actor(login="bent", id=8))


def test_a_name_alone_makes_nobody_the_same_but_a_declaration_does() -> None:
    mail, login = Actor(name="Ana", email="ana@example.org"), Actor(name="Ana", login="Ana-O")
    assert not People().same(mail, login)
    declared = People((frozenset({"@ana-o", "ana@example.org"}),))
    assert declared.same(mail, login)
