"""Which repository addresses pass, and what a refusal says."""

from pathlib import Path

import pytest

from correlator.code.addresses import check_address
from correlator.errors import Permanent
from tests.gitrepo import GitRepo


@pytest.mark.parametrize(
    ("text", "protocol", "host"),
    [
        ("https://github.com/acme/shop", "https", "github.com"),
        ("https://git.example.org:8443/acme/shop.git", "https", "git.example.org"),
        ("https://[::1]/acme/shop.git", "https", "::1"),
        ("ssh://git@github.com/acme/shop.git", "ssh", "github.com"),
        ("ssh://git@git.example.org:2222/acme/shop.git", "ssh", "git.example.org"),
        ("git@github.com:acme/shop.git", "ssh", "github.com"),
        ("host.example.org:srv/shop.git", "ssh", "host.example.org"),
    ],
)
def test_https_and_ssh_addresses_pass(text: str, protocol: str, host: str) -> None:
    address = check_address(text)
    assert (address.target, address.protocol, address.host) == (text, protocol, host)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("ext::sh -c 'touch /tmp/owned'", "run a program"),
        ("fd::17", "run a program"),
        ("https::https://github.com/a/b", "run a program"),
        ("file:///etc", "plain path"),
        ("git://github.com/a/b", "https:// or ssh://"),
        ("http://github.com/a/b", "https://"),
        ("ftp://example.org/a/b", "https:// or ssh://"),
        ("HTTP://github.com/a/b", "https://"),
        ("--upload-pack=touch /tmp/owned", "option"),
        ("-oProxyCommand=x", "option"),
        ("ssh://-oProxyCommand=touch%20x/a", "option"),
        ("ssh://git@-oProxyCommand=x/a", "option"),
        ("-oProxyCommand=x:a/b", "option"),
        ("git@-oProxyCommand=x:a/b", "option"),
        ("git@host:-oops", "must not begin"),
        ("ssh://git@host/-oops", "must not begin"),
        ("ssh://-l@host/a", "user"),
        ("https://github.com", "names no repository"),
        ("https:///a/b", "no host"),
        ("https://git.example.org:99999/a/b", "well formed"),
        ("https://exa mple.org/a/b", "host"),
        ("https://github.com/a/b?token=1", "--token-file"),
        ("https://github.com/a/b\n--upload-pack=x", "control characters"),
        ("https://github.com/a/b\x00", "control characters"),
        ("", "characters"),
        ("https://github.com/" + "a" * 2000, "characters"),
        ("shop", "path from the root"),
        ("../shop", "path from the root"),
    ],
)
def test_every_other_address_is_refused_with_what_to_do(text: str, advice: str) -> None:
    with pytest.raises(Permanent, match=advice):
        check_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://s3cret@github.com/a/b",
        "https://me:s3cret@github.com/a/b",
        "ssh://git:s3cret@github.com/a/b",
    ],
)
def test_a_login_in_the_address_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(Permanent, match="--token-file") as told:
        check_address(text)
    assert "s3cret" not in str(told.value)


def test_a_local_path_passes_only_under_an_allowed_directory(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "allowed" / "shop")
    assert check_address(str(repo.path), [tmp_path / "allowed"]).target == str(repo.path / ".git")
    with pytest.raises(Permanent) as told:
        check_address(str(repo.path), [tmp_path / "elsewhere"])
    line = f"CORRELATOR_ALLOWED_REPOSITORY_PATHS={tmp_path}/elsewhere:{repo.path} "
    assert line in str(told.value)


def test_a_name_that_merely_begins_like_the_allowed_directory_does_not_pass(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "allowed-not")
    with pytest.raises(Permanent, match="does not lie"):
        check_address(str(repo.path), [tmp_path / "allowed"])


def test_a_path_that_climbs_out_is_refused(tmp_path: Path) -> None:
    GitRepo(tmp_path / "secret")
    (tmp_path / "allowed").mkdir()
    with pytest.raises(Permanent, match="does not lie"):
        check_address(f"{tmp_path}/allowed/../secret", [tmp_path / "allowed"])


def _link(shop: Path, secret: Path) -> None:
    shop.symlink_to(secret)


def _link_inside(shop: Path, secret: Path) -> None:
    shop.mkdir()
    (shop / ".git").symlink_to(secret / ".git")


def _git_file(shop: Path, secret: Path) -> None:
    shop.mkdir()
    (shop / ".git").write_text(f"gitdir: {secret}/.git\n")


def _borrowed(shop: Path, secret: Path) -> None:
    GitRepo(shop)
    (shop / ".git" / "objects" / "info" / "alternates").write_text(f"{secret}/.git/objects\n")


def _borrowed_by_link(shop: Path, secret: Path) -> None:
    GitRepo(shop)
    (shop / ".git" / "objects" / "pack").rmdir()
    (shop / ".git" / "objects" / "pack").symlink_to(secret / ".git" / "objects" / "pack")


def _common(shop: Path, secret: Path) -> None:
    GitRepo(shop)
    (shop / ".git" / "commondir").write_text(f"{secret}/.git\n")


@pytest.mark.parametrize(
    "leads_out", [_link, _link_inside, _git_file, _borrowed, _borrowed_by_link, _common]
)
def test_a_repository_that_leads_out_of_the_allowed_directory_is_refused(
    tmp_path: Path, leads_out: object
) -> None:
    GitRepo(tmp_path / "secret").commit("one", {"key": "s3cret"})
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    assert callable(leads_out)
    leads_out(allowed / "shop", tmp_path / "secret")
    with pytest.raises(Permanent, match="does not lie"):
        check_address(str(allowed / "shop"), [allowed])


def test_bare_repositories_and_worktrees_pass(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "shop")
    repo.commit("one", {"a": "1"})
    repo.run("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    repo.run("worktree", "add", "--quiet", str(tmp_path / "tree"), "-b", "other")
    assert check_address(f"{tmp_path}/bare.git", [tmp_path]).target == f"{tmp_path}/bare.git"
    assert check_address(f"{tmp_path}/tree", [tmp_path]).target.endswith(".git/worktrees/tree")


def test_a_path_with_nothing_or_no_repository_says_which(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(Permanent, match="nothing at"):
        check_address(f"{tmp_path}/gone", [tmp_path])
    with pytest.raises(Permanent, match="not a git repository"):
        check_address(f"{tmp_path}/plain", [tmp_path])
