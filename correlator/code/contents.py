"""What commits hold and what they did to files, for many commits in one git call each.

By object name: that a file is the same in two commits costs no reading of it.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from correlator.code.git import Incomplete, is_full_sha, run_git
from correlator.code.patches import log_format, read_log
from correlator.types import Commit, Touched

LARGEST_TEXT = 1024 * 1024
LARGEST_BATCH = 64 * 1024 * 1024
MOST_COMMITS = 200_000
_NONE = frozenset("0")


def heads(path: Path, *under: str, timeout: float) -> dict[str, tuple[str, str]]:
    """(commit, tree) of every ref under these places that points at a commit."""
    form = "--format=%(objecttype) %(objectname) %(tree) %(refname)"
    listed = run_git(path, "for-each-ref", form, *under, timeout=timeout)
    found: dict[str, tuple[str, str]] = {}
    for line in listed.decode("utf-8", "replace").splitlines():
        kind, sha, tree, name = line.split(" ", 3)
        if kind == "commit":
            found[name] = (sha, tree)
    return found


def trees(path: Path, shas: Sequence[str], timeout: float) -> dict[str, str]:
    """The tree of each commit."""
    if not shas:
        return {}
    form = ("log", "--format=%H %T", "--no-walk=unsorted", "--stdin")
    output = run_git(path, *form, feed="\n".join(shas).encode(), timeout=timeout)
    pairs = (line.partition(" ") for line in output.decode().splitlines())
    return {sha: tree for sha, _, tree in pairs}


def aside(
    path: Path, tips: Collection[str], merged: Collection[str], timeout: float
) -> tuple[Commit, ...]:
    """The commits that ``tips`` reach and ``merged`` do not, children first."""
    wanted = [sha for sha in dict.fromkeys(tips) if is_full_sha(sha)]
    if not wanted:
        return ()
    mark = secrets.token_hex(12)
    feed = "\n".join([*wanted, *(f"^{sha}" for sha in merged)]).encode()
    how = ("--topo-order", f"-n{MOST_COMMITS}", "--stdin")
    output = run_git(path, "log", log_format(mark), *how, feed=feed, timeout=timeout)
    return tuple(patch.commit for patch in read_log(output, mark))


def subjects(path: Path, tips: Collection[str], timeout: float) -> Iterator[tuple[str, str]]:
    """(commit, subject) of all that ``tips`` reach, children first."""
    form = ("log", "--topo-order", "--format=%H %s", "--stdin")
    output = run_git(path, *form, feed="\n".join(tips).encode(), timeout=timeout)
    for line in output.decode("utf-8", "replace").split("\n"):
        sha, _, subject = line.partition(" ")
        if sha:
            yield sha, subject


def graph(
    path: Path, tips: Collection[str], merged: Collection[str], timeout: float
) -> dict[str, tuple[str, ...]]:
    """The parents of each commit that ``tips`` reach and ``merged`` do not, children first."""
    feed = "\n".join([*tips, *(f"^{sha}" for sha in merged)]).encode()
    form = ("rev-list", "--parents", "--topo-order", f"-n{MOST_COMMITS}", "--stdin")
    output = run_git(path, *form, feed=feed, timeout=timeout)
    rows = (line.split(" ") for line in output.decode().splitlines())
    return {row[0]: tuple(row[1:]) for row in rows}


def single(path: Path, shas: Iterable[str], timeout: float) -> tuple[Commit, ...]:
    """The commits of these hashes, as far as they are here."""
    wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
    here = [sha for sha, kind in _checked(path, wanted, timeout) if kind[0] == "commit"]
    if not here:
        return ()
    mark = secrets.token_hex(12)
    how = ("--no-walk=unsorted", "--stdin")
    feed = "\n".join(here).encode()
    output = run_git(path, "log", log_format(mark), *how, feed=feed, timeout=timeout)
    return tuple(patch.commit for patch in read_log(output, mark))


def changes(path: Path, shas: Sequence[str], timeout: float) -> dict[str, tuple[Touched, ...]]:
    """The files that each of these commits touched, against its first parent; renames told, of
    an incomplete repository only those of equal files."""
    if not shas:
        return {}
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%H", "-z", "--raw", "--no-abbrev", "--no-walk=unsorted")
    first = ("--diff-merges=first-parent", "--ignore-submodules", "--stdin", "--")
    feed = "\n".join(shas).encode()
    try:
        output = run_git(path, *form, "-M", *first, feed=feed, timeout=timeout)
    except Incomplete:
        output = run_git(path, *form, "-M100%", *first, feed=feed, timeout=timeout)
    return dict(read_raw(output, mark))


def paths_touched(path: Path, shas: Sequence[str], timeout: float) -> dict[str, tuple[str, ...]]:
    """The paths that each of these commits touched, against its first parent."""
    if not shas:
        return {}
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%H", "-z", "--name-only", "--no-renames", "--no-walk=unsorted")
    first = ("--diff-merges=first-parent", "--ignore-submodules", "--stdin", "--")
    output = run_git(path, *form, *first, feed="\n".join(shas).encode(), timeout=timeout)
    found = {}
    for part in output.decode("utf-8", "surrogateescape").split(mark)[1:]:
        sha, *names = part.split("\0")
        found[sha.strip()] = tuple(name.lstrip("\n") for name in names if name.strip("\n"))
    return found


def read_raw(output: bytes, mark: str) -> Iterator[tuple[str, tuple[Touched, ...]]]:
    """What ``git log -z --raw`` printed, with a format of the mark and the hash (and more)."""
    for part in output.decode("utf-8", "surrogateescape").split(mark)[1:]:
        head, _, rest = part.partition("\0")
        fields = iter(rest.lstrip("\n").split("\0"))
        yield head.partition("\n")[0].strip(), tuple(_read_changes(fields))


def _read_changes(fields: Iterator[str]) -> Iterator[Touched]:
    for field in fields:
        words = field.lstrip("\n").lstrip(":").split(" ")
        if len(words) != 5:
            continue
        old_path = path = next(fields, "")
        if words[4][0] in "RC":
            path = next(fields, "")
        kinds = {words[0][:2], words[1][:2]}
        if "16" not in kinds:  # a submodule is no file
            yield Touched(path, old_path, _blob(words[2]), _blob(words[3]))


def _blob(name: str) -> str:
    return "" if set(name) <= _NONE else name


def touching(
    path: Path, tips: Collection[str], paths: Sequence[str], timeout: float
) -> tuple[str, ...]:
    """The commits that ``tips`` reach and that touched one of these paths, children first."""
    literal = [f":(literal){one}" for one in paths]
    form = ("rev-list", "--topo-order", "--full-history", "--no-merges", "--stdin")
    feed = "\n".join([*tips, "--", *literal]).encode("utf-8", "surrogateescape")
    return tuple(run_git(path, *form, feed=feed, timeout=timeout).decode().split())


def files_under(
    path: Path, tips: Iterable[str], directory: str, timeout: float
) -> tuple[tuple[str, str], ...]:
    """(path, blob) of the files right in a directory at each of these commits."""
    trees_there = _checked(path, [f"{tip}:{directory}" for tip in dict.fromkeys(tips)], timeout,
                           "%(objecttype) %(objectname)")  # fmt: skip
    found: dict[tuple[str, str], None] = {}
    for tree in dict.fromkeys(words[1] for _, words in trees_there if words[0] == "tree"):
        listed = run_git(path, "ls-tree", "-z", tree, timeout=timeout)
        for row in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, _, name = row.partition("\t")
            if about.split(" ")[1] == "blob":
                found[f"{directory}/{name}", about.split(" ")[2]] = None
    return tuple(found)


def blobs_at(
    path: Path, places: Iterable[tuple[str, str]], timeout: float
) -> dict[tuple[str, str], str]:
    """The blob at each (commit, path); those that hold none are left out."""
    asked = [one for one in dict.fromkeys(places) if "\n" not in one[1]]
    names = [f"{sha}:{file}" for sha, file in asked]
    found = _checked(path, names, timeout, "%(objecttype) %(objectname)")
    return {
        place: words[1]
        for place, (_, words) in zip(asked, found, strict=True)
        if words[0] == "blob"
    }


def texts_of(path: Path, blobs: Iterable[str], timeout: float) -> dict[str, tuple[str, ...]]:
    """The lines of each blob; those that are large or binary, or beyond a batch, are left out."""
    asked = [blob for blob in dict.fromkeys(blobs) if is_full_sha(blob)]
    small: list[str] = []
    held = 0
    for blob, words in _checked(path, asked, timeout):
        size = int(words[1]) if words[0] == "blob" else LARGEST_TEXT + 1
        if size <= LARGEST_TEXT and held + size <= LARGEST_BATCH:
            small.append(blob)
            held += size
    if not small:
        return {}
    feed = "".join(f"{blob}\n" for blob in small).encode()
    output = run_git(path, "cat-file", "--batch", feed=feed, timeout=timeout)
    return dict(_read_texts(output, small))


def _read_texts(output: bytes, blobs: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    at = 0
    for blob in blobs:
        end = output.index(b"\n", at)
        size = int(output[at:end].rsplit(b" ", 1)[1])
        body = output[end + 1 : end + 1 + size]
        at = end + size + 2
        if b"\0" not in body[:8000]:
            yield blob, lines_of(body)


def lines_of(body: bytes) -> tuple[str, ...]:
    """The lines of a text as git counts them."""
    lines = body.decode("utf-8", "replace").split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)


def _checked(
    path: Path, names: Sequence[str], timeout: float, form: str = "%(objecttype) %(objectsize)"
) -> list[tuple[str, list[str]]]:
    """What each name is, in words; the last of them is "missing" where there is none."""
    if not names:
        return []
    feed = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    output = run_git(path, "cat-file", f"--batch-check={form}", feed=feed, timeout=timeout)
    lines = output.decode("utf-8", "surrogateescape").split("\n")
    return [(name, _words(line)) for name, line in zip(names, lines, strict=False)]


def _words(line: str) -> list[str]:
    words = line.split(" ")
    return words if len(words) == 2 and words[1] != "missing" else ["missing", "0"]
