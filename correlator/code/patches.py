"""Reads what ``git log`` prints: commits, and their patches.

The format carries a mark that is drawn anew for each call, so that nothing inside a message or
a file can pass for the start of a commit.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from correlator.types import Commit, FilePatch, Hunk, Identity, Patch

MESSAGE_LIMIT = 20_000
LINE_LIMIT = 500
# Of a commit that reformats or imports a whole tree, the beginning has to do.
PATCH_LIMIT = 300_000
_FIELDS = ("%H", "%P", "%an", "%ae", "%cn", "%ce", "%at", "%ct", "%B")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


def log_format(mark: str) -> str:
    """The ``--format`` that ``read_log`` reads."""
    return f"--format=%x00{mark}%x00" + "%x00".join(_FIELDS) + "%x00"


def read_log(output: bytes, mark: str) -> Iterator[Patch]:
    """Commits with their patches (none where git was not asked for any), in the order printed."""
    separator = b"\0" + mark.encode() + b"\0"
    for record in output.split(separator)[1:]:
        fields = record.split(b"\0", len(_FIELDS))
        if len(fields) <= len(_FIELDS):
            return  # cut off in the middle: what came before still holds
        yield Patch(_commit(fields), tuple(read_patch(fields[-1][:PATCH_LIMIT])))


def read_patch(output: bytes) -> Iterator[FilePatch]:
    """The files of a patch without context lines; binary files come without hunks."""
    for part in (b"\n" + output).split(b"\ndiff --git ")[1:]:
        lines = part.decode("utf-8", "replace").split("\n")
        yield _file(lines)


def _commit(fields: list[bytes]) -> Commit:
    texts = [field.decode("utf-8", "replace") for field in fields[: len(_FIELDS)]]
    return Commit(
        sha=texts[0],
        parents=tuple(texts[1].split()),
        author=Identity(texts[2][:200], texts[3][:320]),
        committer=Identity(texts[4][:200], texts[5][:320]),
        authored_at=_moment(texts[6]),
        committed_at=_moment(texts[7]),
        message=_both_ends(texts[8].rstrip("\n")),
    )


def _both_ends(message: str) -> str:
    """A message, without its middle if it is too long: trailers stand at the end."""
    half = MESSAGE_LIMIT // 2
    return message if len(message) <= MESSAGE_LIMIT else f"{message[:half]}\n\n{message[-half:]}"


def _moment(seconds: str) -> datetime:
    # Commits carry any number that somebody once wrote: a date out of reach is the epoch.
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _file(lines: list[str]) -> FilePatch:
    old, new, at = _names(lines)
    return FilePatch(new, old, tuple(_hunks(lines, at)))


def _names(lines: list[str]) -> tuple[str, str, int]:
    """Old and new path, empty where there is none, and where the hunks begin."""
    old = new = ""
    for at, line in enumerate(lines[1:], 1):
        if line.startswith("@@"):
            return old, new, at
        if line.startswith("rename from "):
            old = unquote(line[12:])
        elif line.startswith("rename to "):
            new = unquote(line[10:])
        elif line.startswith("--- "):
            old = _side(line[4:])
        elif line.startswith("+++ "):
            new = _side(line[4:])
    if not old and not new:
        old = new = _both(lines[0])
    return old, new, len(lines)


def _side(text: str) -> str:
    name = unquote(text.rstrip("\t"))
    return "" if name == "/dev/null" else name[2:]


def _both(line: str) -> str:
    """The path in ``a/<path> b/<path>``: mode changes and binary files have no other line."""
    half = (len(line) - 1) // 2
    return unquote(line[half + 1 :])[2:] if line[2:half] == line[half + 3 :] else ""


def unquote(name: str) -> str:
    """A path as git prints it: in quotes, with escapes, where it holds unusual characters."""
    if not (len(name) >= 2 and name[0] == name[-1] == '"'):
        return name
    raw = name[1:-1].encode("utf-8", "replace")
    return _ESCAPE.sub(_unescape, raw).decode("utf-8", "replace")


def _unescape(found: re.Match[bytes]) -> bytes:
    what = found.group(1)
    return bytes([_LETTERS[what] if len(what) == 1 else int(what, 8) & 255])


def _hunks(lines: list[str], at: int) -> Iterator[Hunk]:
    while at < len(lines):
        found = _HUNK.match(lines[at])
        at += 1
        if not found:
            continue
        old_start, old_count, new_start, new_count = (
            int(number) if number is not None else 1 for number in found.groups()[:4]
        )
        # One line more for each "\\ No newline at end of file".
        end = at + old_count + new_count
        body = [line[1 : LINE_LIMIT + 1] for line in lines[at:end] if line[:1] != "\\"]
        while end < len(lines) and len(body) < old_count + new_count:
            if lines[end][:1] != "\\":
                body.append(lines[end][1 : LINE_LIMIT + 1])
            end += 1
        at = end
        yield Hunk(
            old_start,
            old_count,
            new_start,
            new_count,
            tuple(body[:old_count]),
            tuple(body[old_count:]),
            found.group(5)[:LINE_LIMIT],
        )
