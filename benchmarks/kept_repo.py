"""A repository whose answers are kept on disk: the past of a revision never changes.

Gathering the labelled cases costs half an hour of git; with this, only what a change of the
gathering asks anew. For measuring alone: nothing is ever thrown away.
"""

import hashlib
import pickle
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.types import Commit

_MARK = re.compile(r"--format=%x00([0-9a-f]{24})%x00")


class KeptRepo(Repo):
    """Keeps logs, blames and everything else that git prints; only full hashes are asked for."""

    def __init__(self, path: Path, kept: Path) -> None:
        """``kept``: the directory for answers, made when first needed."""
        super().__init__(path, timeout=600)
        self._kept = kept

    def blamed_line(self, revision: str, path: str, line: int) -> str | None:
        """Who wrote one line, by git's defaults; None where there is no such line."""
        asked = ("blame", "--porcelain", f"-L{line},{line}", revision, "--", path)
        return self._once(("line", *asked), lambda: self._line(asked)) or None

    def _line(self, asked: Sequence[str]) -> str:
        try:
            return self._run(*asked).decode("utf-8", "replace").partition(" ")[0]
        except Permanent:
            return ""

    def latest(self, revision: str, limit: int) -> tuple[Commit, ...]:
        """The newest commits that a revision contains, merges and all."""
        arguments = ["--date-order", f"-n{int(limit)}", revision, "--"]
        return tuple(patch.commit for patch in self._read(arguments))

    def touchers(self, revision: str, paths: Sequence[str]) -> Mapping[str, list[str]]:
        """Every commit of a revision's past that touched one of these files, and which."""
        literal = [f":(literal){path}" for path in paths]
        names = ["log", "--format=%x00%H", "--name-only", revision, "--", *literal]
        text = self._once(("names", revision, *paths), lambda: self._run(*names)).decode()
        records = (record.split("\n") for record in text.split("\0")[1:])
        return {record[0]: [path for path in record[1:] if path] for record in records}

    def head_at(self, moment: datetime) -> str | None:
        """What the default branch pointed to at a moment, as its first parents tell."""
        before = f"--before={int(moment.timestamp())}"
        told = self._once(
            ("head", moment.isoformat()),
            lambda: self._run("rev-list", "-n1", "--first-parent", before, "HEAD", "--"),
        )
        return told.decode().strip() or None

    def _run(
        self, *arguments: str, feed: bytes | None = None, config: dict[str, str] | None = None
    ) -> bytes:
        # What tells commits apart in a log is drawn anew each time.
        mark = next((found[1] for text in arguments if (found := _MARK.match(text))), "")
        asked = [text.replace(mark, "") if mark else text for text in arguments]
        then, output = self._once(
            ("run", *asked, feed),
            lambda: (mark, super(KeptRepo, self)._run(*arguments, feed=feed, config=config)),
        )
        kept: bytes = output.replace(then.encode(), mark.encode()) if mark else output
        return kept

    def _once(self, asked: tuple[object, ...], ask: Callable[[], Any]) -> Any:
        digest = hashlib.sha256(repr((str(self.path), *asked)).encode()).hexdigest()
        kept = self._kept / digest[:2] / digest
        if kept.exists():
            return pickle.loads(zlib.decompress(kept.read_bytes()))
        found = ask()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(zlib.compress(pickle.dumps(found, protocol=5), 1))
        return found
