"""What a repository holds beside its commits: notes, and Entire's checkpoints.

Listed once a ref, sized before they are read, read in batches of bounded size: single notes of
several MB and refs of hundreds of MB exist. Nothing here knows what a record means.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from correlator.code.git import SaidNothing, is_full_sha, run_git
from correlator.errors import Permanent

# Of one blob, and of what is held at a time, in bytes.
LARGEST_NOTE = 32 * 1024 * 1024
LARGEST_BATCH = 64 * 1024 * 1024
LARGEST_METADATA = 1024 * 1024
MOST_SESSIONS = 10
# Looked for in one search.
MOST_WORDS = 500
_BEFORE_NOTES = "refs/ai/authorship/"
_OF_SESSION = ("metadata.json", "prompt.txt")
_BRANCHES = (
    "refs/heads/entire/checkpoints/v1",
    "refs/remotes/origin/entire/checkpoints/v1",
)


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one commit by ref, and refs whose note was too large to be read, with why."""

    texts: Mapping[str, bytes] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


class Shelf:
    """The notes and checkpoints of one repository as they are now: open it anew for new ones."""

    def __init__(self, path: Path, timeout: float = 60.0) -> None:
        """``timeout``: seconds that one git command may take."""
        self._path = path
        self._timeout = timeout

    @property
    def noted(self) -> Collection[str]:
        """Every commit that has a note, whether the repository holds it or not."""
        return self._blobs.keys()

    def notes(self, shas: Iterable[str]) -> Iterator[tuple[str, Notes]]:
        """The notes of these commits, those without any left out, in bounded memory."""
        wanted = [(sha, self._blobs[sha]) for sha in dict.fromkeys(shas) if sha in self._blobs]
        blobs = list(dict.fromkeys(blob for _, refs in wanted for blob in refs.values()))
        sizes = self._sizes(blobs)
        batch: list[tuple[str, Mapping[str, str]]] = []
        held = 0
        for sha, refs in wanted:
            size = sum(sizes.get(blob, 0) for blob in refs.values())
            if batch and held + size > LARGEST_BATCH:
                yield from self._read(batch, sizes)
                batch, held = [], 0
            batch.append((sha, refs))
            held += size
        yield from self._read(batch, sizes)

    def holding(self, words: Collection[str]) -> tuple[str, ...]:
        """Commits with a note that holds one of these words in quotes, the newest commit first and
        those that are not here last. Words of letters and digits only, no more than MOST_WORDS."""
        asked = [word for word in sorted(words) if word.isascii() and word.isalnum()]
        refs = self._listed[0]
        if not asked or not refs:
            return ()
        # One expression: git looks for many fixed words several times as slowly.
        form = (
            "-l",
            "-z",
            "-a",
            "--no-textconv",
            "-E",
            "-e",
            f'"({"|".join(asked[:MOST_WORDS])})"',
        )
        found = self._search(*form, *refs, "--").decode("utf-8", "replace").split("\0")
        at = (one.rpartition(":")[2].replace("/", "") for one in found)
        shas = dict.fromkeys(sha for sha in at if is_full_sha(sha))
        newest = (sha for sha in self._newest_first(list(shas)) if sha in shas)
        return tuple(dict.fromkeys([*newest, *shas]))

    def checkpoints(self, identifiers: Iterable[str]) -> dict[str, dict[str, bytes]]:
        """Metadata and prompts of Entire's checkpoints by identifier (hexadecimal or ULID), by name
        inside the checkpoint; those that are not here are left out."""
        files = [f"{n}/{name}" for n in range(MOST_SESSIONS) for name in _OF_SESSION]
        names = ["metadata.json", *files]
        asked = [
            (identifier, name, f"{root}{name}")
            for identifier in dict.fromkeys(identifiers)
            for root in self._roots(identifier)
            for name in names
        ]
        small = self._sizes([where for _, _, where in asked])
        here = [one for one in asked if 0 < small.get(one[2], 0) <= LARGEST_METADATA]
        texts = self._texts([where for _, _, where in here])
        found: dict[str, dict[str, bytes]] = {}
        for identifier, name, where in here:
            if where in texts:
                found.setdefault(identifier, {})[name] = texts[where]
        return found

    def _search(self, *arguments: str) -> bytes:
        """What ``git grep`` prints; nothing where it finds nothing, which git calls a failure."""
        try:
            return self._run("grep", *arguments)
        except SaidNothing:
            return b""

    def _newest_first(self, shas: Sequence[str]) -> list[str]:
        if not shas:
            return []
        form = ("log", "--ignore-missing", "--no-walk=sorted", "--format=%H", "--stdin", "--")
        listed = self._run(*form, feed="".join(f"{sha}\n" for sha in shas).encode())
        return listed.decode().split()

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """Every ref under ``refs/notes/``."""
        listed = self._run("for-each-ref", "--format=%(refname)", "refs/notes")
        return tuple(listed.decode("utf-8", "replace").split())

    @property
    def odd(self) -> Mapping[str, str]:
        """Refs under ``refs/notes/`` that hold no notes, with git's words."""
        return self._listed[1]

    @cached_property
    def _listed(self) -> tuple[dict[str, bytes], dict[str, str]]:
        """What each ref lists, and why others list nothing: anything may be pushed there."""
        listed: dict[str, bytes] = {}
        odd: dict[str, str] = {}
        for ref in self.refs:
            try:
                listed[ref] = self._run("notes", f"--ref={ref}", "list")
            except Permanent as fault:
                odd[ref] = str(fault)
        return listed, odd

    @cached_property
    def _blobs(self) -> dict[str, dict[str, str]]:
        """Blob of each note by commit and ref."""
        blobs: dict[str, dict[str, str]] = {}
        for ref, listed in self._listed[0].items():
            for line in listed.decode("utf-8", "replace").splitlines():
                blob, _, sha = line.partition(" ")
                blobs.setdefault(sha, {})[ref] = blob
        form = "--format=%(objecttype) %(objectname) %(refname)"
        for line in self._run("for-each-ref", form, _BEFORE_NOTES).decode().splitlines():
            kind, blob, ref = line.split(" ", 2)
            if kind == "blob" and is_full_sha(ref.removeprefix(_BEFORE_NOTES)):
                blobs.setdefault(ref.removeprefix(_BEFORE_NOTES), {})[ref] = blob
        return blobs

    @cached_property
    def _tips(self) -> tuple[str, ...]:
        listed = self._run("for-each-ref", "--format=%(objectname)", *_BRANCHES)
        return tuple(listed.decode().split())

    def _roots(self, identifier: str) -> Iterator[str]:
        if not identifier.isascii() or not identifier.isalnum() or not 12 <= len(identifier) <= 26:
            return
        for tip in self._tips:
            yield f"{tip}:{identifier[:2]}/{identifier[2:]}/"
        yield f"refs/entire/checkpoints/{identifier[-2:]}/{identifier}:"

    def _sizes(self, names: Sequence[str]) -> dict[str, int]:
        """Size of each blob that is here."""
        if not names:
            return {}
        feed = "".join(f"{name}\n" for name in names).encode()
        form = "--batch-check=%(objecttype) %(objectsize)"
        lines = self._run("cat-file", form, feed=feed).decode("utf-8", "replace").splitlines()
        pairs = ((name, line.split(" ")) for name, line in zip(names, lines, strict=True))
        return {name: int(words[1]) for name, words in pairs if words[0] == "blob"}

    def _read(
        self, batch: Sequence[tuple[str, Mapping[str, str]]], sizes: Mapping[str, int]
    ) -> Iterator[tuple[str, Notes]]:
        asked = dict.fromkeys(
            blob
            for _, refs in batch
            for blob in refs.values()
            if 0 < sizes.get(blob, 0) <= LARGEST_NOTE
        )
        texts = self._texts(list(asked))
        for sha, refs in batch:
            yield (
                sha,
                Notes(
                    {ref: texts[blob] for ref, blob in refs.items() if blob in texts},
                    {ref: why for ref, blob in refs.items() if (why := _unread(sizes.get(blob)))},
                ),
            )

    def _texts(self, names: Sequence[str]) -> dict[str, bytes]:
        """Content of blobs that are known to be here."""
        if not names:
            return {}
        output = self._run("cat-file", "--batch", feed="".join(f"{n}\n" for n in names).encode())
        texts: dict[str, bytes] = {}
        at = 0
        for name in names:
            end = output.index(b"\n", at)
            size = int(output[at:end].rsplit(b" ", 1)[1])
            texts[name] = output[end + 1 : end + 1 + size]
            at = end + size + 2
        return texts

    def _run(self, *arguments: str, feed: bytes | None = None) -> bytes:
        return run_git(self._path, *arguments, feed=feed, timeout=self._timeout)


def _unread(size: int | None) -> str | None:
    """Why a blob of a size is not read; None: it is."""
    if size is None:
        return "its text is not in this clone"
    if size <= LARGEST_NOTE:
        return None
    return f"{size} bytes are more than the {LARGEST_NOTE} that are read"
