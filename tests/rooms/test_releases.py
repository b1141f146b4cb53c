"""Release to revision: by marker, by a SHA in the name, by tag; and in words."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from correlator.code.lookups import GitLookup
from correlator.code.releases import NoLookup, resolve, why_unresolved
from correlator.types import ResolvedBy
from tests.gitrepo import GitRepo

ONE = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"
TWO = "2222222bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
TWIN = "2222222ccccccccccccccccccccccccccccccccc"
DIGITS = "20260105aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
ABSENT = "f" * 40


class Known:
    """A repository with these commits and tags."""

    def __init__(self, **tags: str) -> None:
        self._tags = {name.replace("__", "."): sha for name, sha in tags.items()}

    def commits(self, prefix: str) -> tuple[str, ...]:
        return tuple(sha for sha in (ONE, TWO, TWIN, DIGITS) if sha.startswith(prefix))

    def tags(self) -> Mapping[str, str]:
        return self._tags


def by(
    release: str, lookup: Known | NoLookup | None = None, **markers: str
) -> tuple[str, str] | None:
    named = {name.replace("__", "."): sha for name, sha in markers.items()}
    found = resolve(release, markers=named, lookup=lookup or Known())
    return (found.sha, found.how) if found else None


def test_a_marker_is_believed_before_anything_else() -> None:
    assert by(f"shop@{TWO}", **{f"shop@{TWO}": ONE}) == (ONE, ResolvedBy.MARKER)


def test_a_markers_revision_may_be_a_part_of_a_sha_or_a_tag() -> None:
    assert by("1.2", **{"1.2": ONE[:9]}) == (ONE, ResolvedBy.MARKER)
    assert by("1.2", Known(prod=TWO), **{"1.2": "prod"}) == (TWO, ResolvedBy.MARKER)
    assert by("1.2", **{"1.2": "2222222"}) is None


def test_a_whole_sha_is_known_even_if_the_repository_is_behind() -> None:
    assert by(ABSENT) == (ABSENT, ResolvedBy.SHA_IN_NAME)
    assert by(f"shop@{ABSENT.upper()}", NoLookup()) == (ABSENT, ResolvedBy.SHA_IN_NAME)


@pytest.mark.parametrize(
    "release",
    [
        "1a2b3c4",
        "shop@1a2b3c4d5e",
        "shop@1.4.2+1a2b3c4",
        "1.4.2-17-g1a2b3c4",
        "1.4.2-17-g1a2b3c4-dirty",
        "main-1A2B3C4",
        "v1.4.2.1a2b3c4d",
    ],
)
def test_a_part_of_a_sha_in_the_name_leads_to_the_only_commit_that_has_it(release: str) -> None:
    assert by(release) == (ONE, ResolvedBy.SHA_IN_NAME)


@pytest.mark.parametrize("release", ["shop@2222222", "1a2b3c4-2222222b", "shop@eeeeeee", "1a2b3c"])
def test_a_part_that_two_commits_or_none_begin_with_leads_nowhere(release: str) -> None:
    assert by(release) is None


@pytest.mark.parametrize(
    ("release", "tag"),
    [
        ("1.4.2", "1__4__2"),
        ("1.4.2", "v1__4__2"),
        ("v1.4.2", "1__4__2"),
        ("shop@1.4.2", "shop@1__4__2"),
        ("shop@1.4.2", "shop-v1__4__2"),
        ("shop@1.4.2", "v1__4__2"),
        ("shop@1.4.2+build.7", "1__4__2"),
        ("@acme/shop@1.4.2", "@acme/shop@1__4__2"),
    ],
)
def test_a_tag_that_spells_the_release_leads_to_it(release: str, tag: str) -> None:
    assert by(release, Known(**{tag: TWO})) == (TWO, ResolvedBy.TAG)


def test_the_nearest_spelling_of_a_tag_wins() -> None:
    assert by("shop@1.4", Known(**{"v1__4": ONE, "shop@1__4": TWO})) == (TWO, ResolvedBy.TAG)


def test_digits_are_a_tag_before_they_are_a_sha() -> None:
    assert by("20260105", Known(**{"20260105": TWO})) == (TWO, ResolvedBy.TAG)
    assert by("20260105") == (DIGITS, ResolvedBy.SHA_IN_NAME)


def test_a_marker_spelled_otherwise_is_found_and_the_difference_is_told() -> None:
    found = resolve("shop@1.4.2", markers={"v1.4.2": ONE}, lookup=Known())
    assert found is not None
    assert (found.sha, found.how) == (ONE, ResolvedBy.MARKER)
    assert "'v1.4.2'" in found.because
    assert "'shop@1.4.2'" in found.because
    assert by("1.4.2", **{"shop@1.4.2": TWO}) == (TWO, ResolvedBy.MARKER)


def test_markers_spelled_otherwise_that_disagree_say_nothing() -> None:
    assert by("1.4.2", **{"shop@1.4.2": ONE, "cart@1.4.2": TWO}) is None
    assert by("1.4.2", **{"1.4.3": ONE}) is None


def test_what_nothing_speaks_of_stays_unresolved_and_says_what_was_tried() -> None:
    assert by("nightly") is None
    assert by("") is None
    told = why_unresolved("shop@1.4; rm -rf", Known())
    assert "no tag is called" in told
    assert "--release 'shop@1.4; rm -rf'" in told
    assert "2 commits begin with 2222222" in why_unresolved("shop@2222222", Known())
    assert "release=" in why_unresolved(None, Known())


def test_hostile_names_are_answered_quickly() -> None:
    began = time.perf_counter()
    for name in ("a" * 100_000, "@" * 250, "-g" * 125, "v" * 250, "\x00\n*[refs" * 30, "../" * 80):
        assert by(name, **{"1.4.2": ONE}) is None
    assert time.perf_counter() - began < 1


def test_git_tells_commits_from_other_objects_and_follows_tags(tmp_path: Path) -> None:
    git_repo = GitRepo(tmp_path / "shop")
    sha = git_repo.commit("one", {"a": "1"})
    tree = git_repo.run("rev-parse", "HEAD^{tree}").strip()
    git_repo.tag("light")
    git_repo.tag("v1.0", message="the first")
    git_repo.tag("tree", tree)
    lookup = GitLookup(git_repo.path)
    assert lookup.tags() == {"light": sha, "v1.0": sha}
    assert lookup.commits(sha[:7]) == (sha,)
    assert lookup.commits(tree[:10]) == ()
    assert lookup.commits("fffffff") == ()
    assert lookup.commits("--all") == ()
    found = resolve("shop@1.0", markers={}, lookup=lookup)
    assert found is not None
    assert (found.sha, found.because) == (
        sha,
        "tag 'v1.0' leads to it (the release is called 'shop@1.0')",
    )


def test_a_bare_mirror_is_looked_up_as_well(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "shop")
    sha = repo.commit("one", {"a": "1"})
    repo.run("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert GitLookup(tmp_path / "bare.git").commits(sha[:12]) == (sha,)
