"""Mirrors of real repositories: what they hold, how they stay usable, how they are reached."""

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from correlator.code.addresses import check_address
from correlator.code.credentials import access_to, forget_credential, keep_key, keep_token
from correlator.code.locks import Busy, only_one
from correlator.code.mirrors import Mirrored, MirrorState, mirror, mirror_directory, remove_mirror
from correlator.errors import CorrelatorError, Permanent, Transient
from tests.gitrepo import GitRepo
from tests.gitserver import CERTIFICATE, GitServer, git_server

SECRET = "s3cret-token-0123456789"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory."""
    return tmp_path / "data"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A repository with one commit."""
    made = GitRepo(tmp_path / "git" / "shop")
    made.commit("one", {"app.py": "a = 1\n"})
    return made


def mirrored(
    address: str, data: Path, credential: str | None = None, timeout: float = 30
) -> tuple[Path, Mirrored]:
    """Fetch ``address``; the mirror's directory and the outcome."""
    checked = check_address(address, [data.parent])
    directory = mirror_directory(data / "mirrors", 1)
    return directory, mirror(directory, checked, access_to(checked, data, credential), timeout)


def refs(directory: Path) -> dict[str, str]:
    """Every ref of a repository and its object."""
    format_ = "--format=%(refname) %(objectname)"
    told = subprocess.check_output(["git", "-C", directory, "for-each-ref", format_], text=True)
    return dict(line.split(" ") for line in told.splitlines())


def holds(directory: Path, sha: str) -> bool:
    """Whether the object is there."""
    asked = subprocess.run(["git", "-C", directory, "cat-file", "-e", sha], capture_output=True)
    return asked.returncode == 0


def rewind(repo: GitRepo, sha: str) -> None:
    """Rewrite history, as a forced push does."""
    repo.run("reset", "--quiet", "--hard", sha)


# --- what a mirror holds -------------------------------------------------------------------------


def test_a_mirror_holds_branches_tags_notes_pull_requests_and_checkpoints(
    repo: GitRepo, data: Path
) -> None:
    repo.tag("v1", message="the first")
    repo.note(repo.head, "by a machine", "refs/notes/ai")
    repo.branch("entire/checkpoints/v1")
    for kept in (
        "refs/pull/7/head",
        "refs/merge-requests/8/head",
        "refs/entire/x",
    ):
        repo.update_ref(kept, repo.head)
    # git-ai pointed these at blobs.
    repo.update_ref(f"refs/ai/authorship/{repo.head}", repo.run("rev-parse", "HEAD^{tree}").strip())
    there = refs(repo.path)
    for left_out in ("refs/pull/7/merge", "refs/stash", "refs/remotes/origin/x", "refs/changes/1"):
        repo.update_ref(left_out, repo.head)
    directory, outcome = mirrored(str(repo.path), data)
    assert refs(directory) == there
    assert set(there) == {
        "refs/heads/main",
        "refs/heads/entire/checkpoints/v1",
        "refs/tags/v1",
        "refs/notes/ai",
        "refs/pull/7/head",
        "refs/merge-requests/8/head",
        "refs/entire/x",
        f"refs/ai/authorship/{repo.head}",
    }
    assert outcome.state is MirrorState.READY
    assert outcome.changed


def test_a_mirror_is_bare_and_its_configuration_names_nothing_of_outside(
    repo: GitRepo, data: Path
) -> None:
    directory, _ = mirrored(str(repo.path), data)
    config = (directory / "config").read_text()
    assert "bare = true" in config
    assert "remote" not in config
    assert not (directory / "hooks").exists()


def test_a_second_fetch_brings_what_is_new_and_drops_refs_that_went(
    repo: GitRepo, data: Path
) -> None:
    repo.run("branch", "gone")
    mirrored(str(repo.path), data)
    repo.run("branch", "-D", "gone")
    repo.run("branch", "gone/deeper")
    new = repo.commit("two", {"app.py": "a = 2\n"})
    directory, outcome = mirrored(str(repo.path), data)
    assert outcome.changed
    assert refs(directory) == refs(repo.path)
    assert refs(directory)["refs/heads/main"] == new


def test_a_fetch_that_finds_nothing_new_says_so_and_leaves_every_file_alone(
    repo: GitRepo, data: Path
) -> None:
    directory, _ = mirrored(str(repo.path), data)
    before = {file: file.stat().st_mtime_ns for file in directory.rglob("*")}
    _, outcome = mirrored(str(repo.path), data)
    assert not outcome.changed
    assert {file: file.stat().st_mtime_ns for file in directory.rglob("*")} == before


def test_a_deployed_revision_stays_when_its_branch_is_rewritten(repo: GitRepo, data: Path) -> None:
    first = repo.head
    deployed = repo.commit("two", {"app.py": "a = 2\n"})
    mirrored(str(repo.path), data)
    for number in range(14):  # enough packs for upkeep to join them
        rewind(repo, first)
        repo.commit(f"other {number}", {"app.py": f"b = {number}\n"})
        directory, outcome = mirrored(str(repo.path), data)
        assert outcome.notes == ()
    assert len(list((directory / "objects" / "pack").glob("*.pack"))) < 13
    assert deployed not in refs(directory).values()
    assert holds(directory, deployed)


def test_a_mirror_has_a_commit_graph_with_changed_paths_of_every_commit(
    repo: GitRepo, data: Path
) -> None:
    mirrored(str(repo.path), data)
    repo.commit("two", {"app.py": "a = 2\n"})
    directory, _ = mirrored(str(repo.path), data)
    graphs = list((directory / "objects" / "info" / "commit-graphs").glob("*.graph"))
    assert graphs
    assert all(b"BIDX" in graph.read_bytes() for graph in graphs)  # the Bloom filters' index
    verify = ["git", "-C", directory, "commit-graph", "verify"]
    assert subprocess.run(verify, capture_output=True).returncode == 0


def test_the_default_branch_is_the_other_sides_head(repo: GitRepo, data: Path) -> None:
    repo.run("branch", "-m", "main", "trunk")
    directory, outcome = mirrored(str(repo.path), data)
    assert outcome.default_branch == "trunk"
    assert (directory / "HEAD").read_text().strip() == "ref: refs/heads/trunk"
    repo.run("checkout", "--quiet", "--detach")
    assert mirrored(str(repo.path), data)[1].default_branch == "trunk"


def test_a_worktree_is_mirrored_with_the_branch_it_has_checked_out(
    repo: GitRepo, tmp_path: Path, data: Path
) -> None:
    tree = tmp_path / "git" / "tree"
    repo.run("worktree", "add", "--quiet", str(tree), "-b", "other")
    directory, outcome = mirrored(str(tree), data)
    assert outcome.default_branch == "other"
    assert refs(directory) == refs(repo.path)


def test_a_history_with_old_faults_is_mirrored(repo: GitRepo, data: Path) -> None:
    blob = repo.run("rev-parse", "HEAD:app.py").strip()
    tree = b"0100644 app.py\0" + bytes.fromhex(blob)
    padded = _hash_object(repo, "tree", tree)
    people = "author A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n"
    commit = _hash_object(repo, "commit", f"tree {padded}\n{people}\nold\n".encode())
    repo.run("branch", "old", commit)
    directory, outcome = mirrored(str(repo.path), data)
    assert outcome.state is MirrorState.READY
    assert holds(directory, commit)


def _hash_object(repo: GitRepo, kind: str, content: bytes) -> str:
    command = ["git", "-C", repo.path, "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    return subprocess.check_output(command, input=content).decode().strip()


# --- what is wrong with a repository -------------------------------------------------------------


def test_an_empty_repository_says_so_until_something_is_pushed(tmp_path: Path, data: Path) -> None:
    empty = GitRepo(tmp_path / "git" / "empty")
    _, outcome = mirrored(str(empty.path), data)
    assert outcome.state is MirrorState.EMPTY
    assert "no commits yet" in (outcome.problem or "")
    empty.commit("one", {"a": "1"})
    _, outcome = mirrored(str(empty.path), data)
    assert (outcome.state, outcome.changed) == (MirrorState.READY, True)


def test_a_shallow_repository_says_what_that_means_until_its_history_is_whole(
    repo: GitRepo, tmp_path: Path, data: Path
) -> None:
    first = repo.head
    repo.commit("two", {"app.py": "a = 2\n"})
    shallow = tmp_path / "git" / "shallow"
    repo.run("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(shallow))
    for _ in range(2):
        directory, outcome = mirrored(str(shallow), data)
        assert outcome.state is MirrorState.SHALLOW
        assert "git fetch --unshallow" in (outcome.problem or "")
        assert not holds(directory, first)
    repo.run("-C", str(shallow), "fetch", "--quiet", "--unshallow")
    directory, outcome = mirrored(str(shallow), data)
    assert (outcome.state, outcome.problem, outcome.changed) == (MirrorState.READY, None, True)
    assert holds(directory, first)


def test_a_repository_that_is_gone_leaves_the_mirror_as_it_was(repo: GitRepo, data: Path) -> None:
    directory, _ = mirrored(str(repo.path), data)
    before = refs(directory)
    shutil.rmtree(repo.path)
    with pytest.raises(Permanent, match="nothing at"):
        mirrored(str(repo.path), data)
    assert refs(directory) == before


def test_a_repository_that_lost_all_branches_does_not_empty_the_mirror(
    repo: GitRepo, data: Path
) -> None:
    directory, _ = mirrored(str(repo.path), data)
    before = refs(directory)
    shutil.rmtree(repo.path)
    GitRepo(repo.path)
    _, outcome = mirrored(str(repo.path), data)
    assert outcome.state is MirrorState.STALE
    assert "lost all its branches" in (outcome.problem or "")
    assert refs(directory) == before


def test_a_damaged_repository_leaves_nothing_half_made(repo: GitRepo, data: Path) -> None:
    blob = repo.run("rev-parse", "HEAD:app.py").strip()
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Permanent, match=r"is damaged.*git fsck"):
        mirrored(str(repo.path), data)
    assert [file.name for file in (data / "mirrors").iterdir()] == ["1.git.lock"]


# --- dying and meeting ---------------------------------------------------------------------------


def test_a_fetch_out_of_time_stops_git_and_all_it_started(
    repo: GitRepo, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_ssh(tmp_path, monkeypatch, 'echo $$ > "$SEEN.pid"; sleep 60 & wait')
    began = time.monotonic()
    with pytest.raises(Transient, match="CORRELATOR_FETCH_TIMEOUT"):
        mirrored("git@127.0.0.1:shop.git", data, timeout=1)
    assert time.monotonic() - began < 8
    pid = int((tmp_path / "seen.pid").read_text())
    assert _is_gone(pid)


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_only_one_fetches_a_mirror_at_a_time(repo: GitRepo, data: Path) -> None:
    (data / "mirrors").mkdir(parents=True)
    with only_one(mirror_directory(data / "mirrors", 1)), pytest.raises(Busy):
        mirrored(str(repo.path), data)
    mirrored(str(repo.path), data)


def test_the_lock_lasts_until_the_git_of_a_dead_worker_is_gone(data: Path) -> None:
    (data / "mirrors").mkdir(parents=True)
    directory = mirror_directory(data / "mirrors", 1)
    with only_one(directory) as held:
        left_behind = subprocess.Popen(["sleep", "60"], pass_fds=(held,))
    with pytest.raises(Busy), only_one(directory):
        pass
    left_behind.kill()
    left_behind.wait()
    with only_one(directory):
        pass


def test_what_a_killed_fetch_left_behind_does_not_stop_the_next(repo: GitRepo, data: Path) -> None:
    half = data / "mirrors" / "1.git.partial"
    half.mkdir(parents=True)
    (half / "HEAD").write_text("half")
    directory, _ = mirrored(str(repo.path), data)
    assert not half.exists()
    (directory / "packed-refs.lock").touch()
    (directory / "refs" / "heads" / "main.lock").touch()
    (directory / "objects" / "info" / "commit-graph.lock").touch()
    repo.commit("two", {"app.py": "a = 2\n"})
    _, outcome = mirrored(str(repo.path), data)
    assert refs(directory) == refs(repo.path)
    assert outcome.notes == ()


def test_a_removed_mirror_is_gone(repo: GitRepo, data: Path) -> None:
    directory, _ = mirrored(str(repo.path), data)
    remove_mirror(directory)
    assert list((data / "mirrors").iterdir()) == []


# --- over https ----------------------------------------------------------------------------------


@pytest.fixture
def server(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitServer]:
    """The repository over HTTPS, for whoever has the token."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with git_server(tmp_path / "git", f"x-access-token:{SECRET}") as running:
        yield running


def token(tmp_path: Path, data: Path, text: str = SECRET) -> str:
    """Keep a token as ``repo add --token-file`` does."""
    file = tmp_path / "token"
    file.write_text(text + "\n")
    return keep_token(data, file)


def test_a_token_opens_a_private_repository(
    server: GitServer, repo: GitRepo, tmp_path: Path, data: Path
) -> None:
    name = token(tmp_path, data)
    directory, outcome = mirrored(f"{server.url}/shop", data, name)
    assert outcome.state is MirrorState.READY
    assert refs(directory) == refs(repo.path)
    assert (data / "credentials" / name).stat().st_mode & 0o777 == 0o600
    assert (data / "credentials").stat().st_mode & 0o777 == 0o700


def test_a_token_shows_in_no_argument_no_environment_and_no_file_of_the_mirror(
    server: GitServer, tmp_path: Path, data: Path
) -> None:
    seen: list[bytes] = []
    server.on_request = lambda: seen.extend(_processes())
    directory, _ = mirrored(f"{server.url}/shop", data, token(tmp_path, data))
    assert any(b"ls-remote" in one for one in seen) or sys.platform != "linux"
    assert any(b"fetch" in one for one in seen) or sys.platform != "linux"
    assert not any(SECRET.encode() in one for one in seen)
    files = [file for file in directory.rglob("*") if file.is_file()]
    assert not any(SECRET.encode() in file.read_bytes() for file in files)


def _processes() -> Iterator[bytes]:
    """Arguments and environment of every process that may be looked at."""
    for place in Path("/proc").glob("[0-9]*"):
        for file in ("cmdline", "environ"):
            try:
                yield (place / file).read_bytes()
            except OSError:
                continue


def test_a_token_may_name_its_user(server: GitServer, tmp_path: Path, data: Path) -> None:
    server.login = f"deploy-7:{SECRET}"
    _, outcome = mirrored(f"{server.url}/shop", data, token(tmp_path, data, f"deploy-7:{SECRET}"))
    assert outcome.state is MirrorState.READY


@pytest.mark.parametrize("given", [None, "wrong-token"])
def test_a_refusal_says_how_to_give_a_token_and_does_not_show_it(
    server: GitServer, tmp_path: Path, data: Path, given: str | None
) -> None:
    name = token(tmp_path, data, given) if given else None
    with pytest.raises(Permanent, match=r"refuses us.*--token-file") as told:
        mirrored(f"{server.url}/shop", data, name)
    assert "wrong-token" not in str(told.value)


def test_a_repository_that_the_server_does_not_have_is_said_to_be_gone(
    server: GitServer, tmp_path: Path, data: Path
) -> None:
    with pytest.raises(Permanent, match="no repository at"):
        mirrored(f"{server.url}/nothing", data, token(tmp_path, data))


def test_a_redirect_to_another_host_is_followed_but_takes_no_token_along(
    server: GitServer, tmp_path: Path, data: Path
) -> None:
    name = token(tmp_path, data)
    with git_server(tmp_path / "git", f"x-access-token:{SECRET}") as other:
        server.redirect = other.url
        with pytest.raises(Permanent, match="refuses us"):
            mirrored(f"{server.url}/shop", data, name)
        assert not any(SECRET in login for login in other.logins)
        other.login = None
        assert mirrored(f"{server.url}/shop", data, name)[1].state is MirrorState.READY
        assert not any(SECRET in login for login in other.logins)


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:9", "file:///etc", "ext::sh -c x"])
def test_a_redirect_to_another_protocol_is_not_followed(
    server: GitServer, data: Path, elsewhere: str
) -> None:
    server.redirect = elsewhere
    with pytest.raises(CorrelatorError):
        mirrored(f"{server.url}/shop", data)


def test_a_certificate_that_is_not_trusted_says_what_to_set(
    server: GitServer, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Permanent, match="SSL_CERT_FILE"):
        mirrored(f"{server.url}/shop", data)


def test_a_server_that_is_away_may_be_back_later(data: Path) -> None:
    with pytest.raises(Transient, match="cannot be reached"):
        mirrored("https://127.0.0.1:9/shop", data)


@pytest.mark.parametrize("text", ["", "two\nlines", "sp ace", "x" * 70_000])
def test_a_file_that_holds_no_token_is_refused(tmp_path: Path, data: Path, text: str) -> None:
    with pytest.raises(Permanent, match="token"):
        token(tmp_path, data, text)


# --- over ssh ------------------------------------------------------------------------------------

_KEY = textwrap.dedent("""\
    -----BEGIN OPENSSH PRIVATE KEY-----
    b3BlbnNzaC1rZXktdjEAAAAA{cipher}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    -----END OPENSSH PRIVATE KEY-----
""")


def _fake_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> Path:
    """Put an ``ssh`` first on the path, which notes its arguments and then does ``what``."""
    seen = tmp_path / "seen"
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    script = f'#!/bin/sh\nSEEN="{seen}"\nprintf "%s\\n" "$@" >> "$SEEN"\n{what}\n'
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return seen


def _key(tmp_path: Path, data: Path, cipher: str = "BG5vbmU") -> str:
    file = tmp_path / "deploy_key"
    file.write_text(_KEY.format(cipher=cipher))
    return keep_key(data, file)


def test_a_deploy_key_is_the_only_one_that_ssh_may_offer(
    repo: GitRepo, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = f'cd {repo.path.parent}; for last; do :; done; exec sh -c "git-upload-pack shop"'
    seen = _fake_ssh(tmp_path, monkeypatch, serve)
    name = _key(tmp_path, data)
    directory, outcome = mirrored("git@127.0.0.1:acme/shop.git", data, name)
    assert outcome.state is MirrorState.READY
    assert refs(directory) == refs(repo.path)
    said = seen.read_text().splitlines()
    kept = data / "credentials" / name
    assert said[said.index("-F") + 1] == "/dev/null"
    for option in (
        f'IdentityFile="{kept}"',
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "BatchMode=yes",
        "StrictHostKeyChecking=accept-new",
        f'UserKnownHostsFile="{data}/credentials/known_hosts"',
    ):
        assert said[said.index(option) - 1] == "-o"
    assert "git@127.0.0.1" in said
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("git@host: Permission denied (publickey).", "--key-file"),
        ("ERROR: Repository not found.", "no repository at"),
        ("Host key verification failed.", "known_hosts"),
    ],
)
def test_what_ssh_complains_of_is_told_with_what_to_do(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, words: str, advice: str
) -> None:
    _fake_ssh(tmp_path, monkeypatch, f"echo '{words}' >&2; exit 255")
    with pytest.raises(Permanent, match=advice):
        mirrored("git@127.0.0.1:acme/shop.git", data)


def test_control_characters_and_logins_of_a_server_do_not_reach_the_message(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = r"fatal: \033[2J look at https://me:pw@example.org/"
    _fake_ssh(tmp_path, monkeypatch, f"printf '{words}\\n' >&2; exit 1")
    with pytest.raises(CorrelatorError) as told:
        mirrored("git@127.0.0.1:acme/shop.git", data)
    assert "\x1b" not in str(told.value)
    assert "pw" not in str(told.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda tmp_path, data: _key(tmp_path, data, "CmFlczI1Ni1jdHI"),
        lambda tmp_path, data: keep_key(data, _file(tmp_path, "ssh-ed25519 AAAA me@here")),
        lambda tmp_path, data: keep_key(
            data, _file(tmp_path, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")
        ),
    ],
    ids=["with-passphrase", "public", "old-with-passphrase"],
)
def test_a_key_that_a_worker_cannot_use_is_refused(
    tmp_path: Path, data: Path, make: Callable[[Path, Path], str]
) -> None:
    with pytest.raises(Permanent, match="key"):
        make(tmp_path, data)


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "key"
    file.write_text(text)
    return file


def test_a_credential_that_was_forgotten_is_asked_for_again(tmp_path: Path, data: Path) -> None:
    name = token(tmp_path, data)
    forget_credential(data, name)
    with pytest.raises(Permanent, match="add it again"):
        mirrored("https://127.0.0.1:9/shop", data, name)
    for name in ("../../etc/passwd", "x.token"):
        with pytest.raises(Permanent, match="add it again"):
            mirrored("https://127.0.0.1:9/shop", data, name)
