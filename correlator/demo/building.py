"""Makes a score a git repository: one fast-import per stretch of history, so it takes a blink.

Dates fall in working hours of the weeks before ``end`` and lie closer together towards it. The
same score and end give the same hashes.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from correlator.code.git import run_git
from correlator.demo.people import Person
from correlator.demo.score import Change, Note, Score

_SHA = re.compile(r"\$sha\(([^)]*)\)")
_DAY = re.compile(r"\$day\((\d{1,3})\)")
WEEKS = 11
FIRST_HOUR, LAST_HOUR = 8, 18
_MERGER = Person("GitHub", "noreply@github.com")


@dataclass(frozen=True, slots=True)
class History:
    """A history that has been built: where, the hash of every label and release, and when each
    release was tagged."""

    directory: Path
    shas: Mapping[str, str]
    releases: Mapping[str, str]
    released_at: Mapping[str, datetime]


def build(score: Score, directory: Path, end: datetime) -> History:
    """Write the score to a new bare repository. ``end``: when the last commit was made."""
    directory.mkdir(parents=True)
    run_git(directory, "init", "--bare", "--quiet", "--initial-branch=main", ".")
    writer = _Writer(directory, end)
    for change, at in zip(score.changes, _dates(len(score.changes), end), strict=True):
        writer.add(change, at)
    for tag in score.tags:
        writer.tag(tag.name, tag.label, tag.tagger)
    writer.flush()
    for note in score.notes:
        _attach(directory, note, writer.shas)
    releases = {name: writer.shas[label] for name, label in score.releases.items()}
    made_at = {name: writer.made_at(label) for name, label in score.releases.items()}
    return History(directory, writer.shas, releases, made_at)


class _Writer:
    """Feeds fast-import, stopping wherever a hash made so far is needed in what comes next."""

    def __init__(self, directory: Path, end: datetime) -> None:
        self.shas: dict[str, str] = {}
        self._directory = directory
        self._end = end
        self._waiting: list[bytes] = []
        self._marks: dict[str, int] = {}
        self._heads: dict[str, str] = {}
        self._dates: dict[str, int] = {}

    def add(self, change: Change, at: datetime) -> None:
        """Append a commit."""
        if _SHA.search(change.message) or any(map(_SHA.search, change.tree.values())):
            self.flush()
        self._marks[change.label] = len(self._marks) + 1
        self._dates[change.label] = int(at.timestamp())
        self._waiting.extend(self._commit(change))
        self._heads[change.branch] = change.label

    def made_at(self, label: str) -> datetime:
        """When the change of that label was made."""
        return datetime.fromtimestamp(self._dates[label], UTC)

    def _commit(self, change: Change) -> Iterator[bytes]:
        when = f"{self._dates[change.label]} +0000"
        yield f"commit refs/heads/{change.branch}\n".encode()
        yield f"mark :{self._marks[change.label]}\n".encode()
        yield f"author {change.author} {when}\n".encode()
        committer = _MERGER if change.message.splitlines()[0].endswith(")") else change.author
        yield f"committer {committer} {when}\n".encode()
        yield from _data(self._filled(change.message))
        parent = change.starts_at or self._heads.get(change.branch)
        if parent:
            yield f"from :{self._marks[parent]}\n".encode()
        if change.merges:
            yield f"merge :{self._marks[self._heads[change.merges]]}\n".encode()
        yield b"deleteall\n"
        for path, text in sorted(change.tree.items()):
            yield f"M 100644 inline {path}\n".encode()
            yield from _data(self._filled(text))

    def _filled(self, text: str) -> str:
        text = _SHA.sub(lambda found: self.shas[found.group(1)], text)
        return _DAY.sub(
            lambda found: f"{self._end + timedelta(int(found.group(1))):%Y-%m-%d}", text
        )

    def tag(self, name: str, label: str, tagger: Person) -> None:
        """Append an annotated tag, made when its commit was."""
        self._waiting.append(f"tag {name}\nfrom :{self._marks[label]}\n".encode())
        self._waiting.append(f"tagger {tagger} {self._dates[label]} +0000\n".encode())
        self._waiting.extend(_data(f"{name}\n"))

    def flush(self) -> None:
        """Let git make what is waiting, and learn the hashes."""
        marks = self._directory / "marks"
        run_git(
            self._directory,
            *("fast-import", "--quiet", "--force", f"--export-marks={marks}"),
            *([f"--import-marks={marks}"] if marks.exists() else []),
            feed=b"".join(self._waiting),
        )
        self._waiting.clear()
        made = dict(line.split() for line in marks.read_text("ascii").splitlines())
        self.shas = {label: made[f":{mark}"] for label, mark in self._marks.items()}


def _data(text: str) -> Iterator[bytes]:
    content = text.encode()
    yield f"data {len(content)}\n".encode()
    yield content
    yield b"\n"


def _attach(directory: Path, note: Note, shas: Mapping[str, str]) -> None:
    who = {"NAME": "git-ai", "EMAIL": "git-ai@lantern.example", "DATE": "1750000000 +0000"}
    marks = {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
    sha = shas[note.label]
    text = _SHA.sub(lambda found: shas[found.group(1)], note.text)
    run_git(
        directory,
        *("notes", f"--ref={note.ref}", "add", "--force", "--file=-", sha),
        feed=text.encode(),
        extra_environment=marks,
    )


def _dates(count: int, end: datetime) -> Sequence[datetime]:
    minutes = list(_working_minutes(end))
    last = len(minutes) - 1
    places = [int(last * (1 - (1 - number / max(count - 1, 1)) ** 1.6)) for number in range(count)]
    return [minutes[place] + timedelta(seconds=_seconds(place)) for place in places]


def _working_minutes(end: datetime) -> Iterator[datetime]:
    start = end.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(weeks=WEEKS)
    for number in range(WEEKS * 7 * 24 * 60):
        minute = start + timedelta(minutes=number)
        if minute.weekday() < 5 and FIRST_HOUR <= minute.hour < LAST_HOUR:
            yield minute


def _seconds(place: int) -> int:
    return hashlib.sha256(str(place).encode()).digest()[0] % 59
