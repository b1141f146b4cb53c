"""Where lines came from, asking git for no more than is not known yet.

A file's blame belongs to the commit that last changed it, so a deploy that leaves the file alone
asks nothing. Where the file changed, git follows its lines only to the revisions of which an
answer is kept, and that answer goes on from there. A line of a sweep (see ``Origins.of``) is
followed from the sweep itself and not once more from the revision.

``git blame -w`` settles each line by itself, so answers join up to what one search would give;
moves inside a file (``-M``) are found for runs of lines, and a run that two searches cut apart can
be too short to be known again. ``benchmarks/blame_joins.py`` counts how seldom that is so.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from correlator.code.blame import Answer, Kept, Where, read_blame, recipe, stretches
from correlator.code.logs import Run
from correlator.code.remembered import MEBIBYTE, Remembered
from correlator.errors import Permanent
from correlator.types import Origin

# So often is an answer continued by one that itself needed another.
_DEEPEST = 2
# Sweeps that lie behind one another on a line and are looked through.
_MOST_SWEEPS = 5
# Stands in a path for bytes that are no text.
_UNREADABLE = "\ufffd"
_BYTES = 400
_LAST: Remembered[tuple[str, str, str], str] = Remembered(2 * MEBIBYTE)


class Origins:
    """The origins of lines in one repository."""

    def __init__(self, run: Run, name: str, kept: Kept) -> None:
        """``name`` tells repositories apart."""
        self._run = run
        self._name = name
        self._kept = kept

    def of(
        self, revision: str, path: str, lines: Collection[int], ignored: Sequence[str]
    ) -> Mapping[int, Origin]:
        """The origins of these lines of a file, and perhaps of more."""
        return self._of(revision, path, lines, ignored, _DEEPEST)

    def behind(
        self, origins: Mapping[int, Origin], sweeps: Collection[str], ignored: Sequence[str]
    ) -> dict[int, Origin]:
        """The same lines, where those that ``sweeps`` wrote are told of whoever wrote them
        before; a line of which no one did stays the sweep's."""
        found = dict(origins)
        waiting = {number for number, one in found.items() if one.sha in sweeps}
        for _ in range(_MOST_SWEEPS):
            if not waiting:
                break
            before = {number: found[number] for number in waiting}
            found |= self._through(before, ignored)
            moved = {number for number in waiting if found[number] != before[number]}
            waiting = {number for number in moved if found[number].sha in sweeps}
        return found

    def _through(self, swept: Mapping[int, Origin], ignored: Sequence[str]) -> dict[int, Origin]:
        by_file: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for number, one in swept.items():
            if _UNREADABLE not in one.path:
                by_file[one.sha, one.path][number] = one.line
        found: dict[int, Origin] = {}
        for (sha, path), numbers in by_file.items():
            told = self.of(sha, path, set(numbers.values()), [*ignored, sha])
            found |= {number: told[line] for number, line in numbers.items()}
        return found

    def _of(
        self,
        revision: str,
        path: str,
        lines: Collection[int],
        ignored: Sequence[str],
        depth: int,
    ) -> Mapping[int, Origin]:
        where = Where(self._last(revision, path), path, recipe(ignored))
        known = self._kept.get(where)
        missing = [line for line in lines if line not in known]
        if not missing:
            return known
        bases = self._bases(where) if depth else ()
        answer = self._ask(where, missing, ignored, bases)
        if bases and any(_UNREADABLE in one.path for one in answer.origins.values()):
            # A path that is no text cannot be asked for once more.
            answer = self._ask(where, missing, ignored, ())
        found = answer.origins
        if answer.edge:
            found = found | self._on(answer, ignored, depth - 1)
        self._kept.put(where, known, found)
        return {**known, **found}

    def _on(self, answer: Answer, ignored: Sequence[str], depth: int) -> dict[int, Origin]:
        """The lines that reached a commit where the search stopped, from there on."""
        by_file: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for number, one in answer.origins.items():
            if one.sha in answer.edge:
                by_file[one.sha, one.path][number] = one.line
        found: dict[int, Origin] = {}
        for (sha, path), numbers in by_file.items():
            told = self._of(sha, path, set(numbers.values()), ignored, depth)
            found |= {number: told[line] for number, line in numbers.items()}
        return found

    def _last(self, revision: str, path: str) -> str:
        """The commit that last changed a file; the revision itself where none did."""
        key = (self._name, revision, path)
        found = _LAST.get(key)
        if found is None:
            listed = self._run("rev-list", "-n1", revision, "--", f":(literal){path}")
            found = listed.decode().strip() or revision
            _LAST.put(key, found, _BYTES)
        return found

    def _bases(self, where: Where) -> Sequence[str]:
        """Revisions before this one of which a blame of the file is kept."""
        kept = [sha for sha in self._kept.newest(where.path, where.recipe) if sha != where.revision]
        if not kept:
            return ()
        try:
            return self._inside(kept, where.revision)
        except Permanent:
            # A mirror that was made anew lacks what was forced away before.
            feed = "".join(f"{sha}\n" for sha in kept).encode()
            told = self._run("cat-file", "--batch-check", feed=feed).decode().splitlines()
            here = [sha for sha, line in zip(kept, told, strict=True) if " commit " in line]
            return self._inside(here, where.revision)

    def _inside(self, shas: Sequence[str], revision: str) -> Sequence[str]:
        """Those that a revision contains; all must be here."""
        if not shas:
            return ()
        beyond = set(self._run("rev-list", *shas, f"^{revision}", "--").decode().split())
        return [sha for sha in shas if sha not in beyond]

    def _ask(
        self, where: Where, lines: Sequence[int], ignored: Sequence[str], bases: Sequence[str]
    ) -> Answer:
        skip = ["--ignore-revs-file", "/dev/stdin"] if ignored else []
        stop = ["--root", *(f"^{sha}" for sha in bases)] if bases else []
        arguments = ["--porcelain", "-w", "-M", *skip, *stretches(lines), *stop]
        feed = "\n".join(ignored).encode() or None
        output = self._run("blame", *arguments, where.revision, "--", where.path, feed=feed)
        return read_blame(output) if bases else Answer(read_blame(output).origins, frozenset())
