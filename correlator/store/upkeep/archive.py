"""The backup file: one table after another as JSON lines, in a tar, with a manifest.

    manifest.json          format, schema version, columns, numbers of rows, sha256 of parts
    tables/event.0001      up to ``ROWS`` rows: JSON lines, zstd; bytes as base64, times as RFC 3339
    files/secret_key       only if it was asked for; so too files/credentials/…, files/mirrors/…

A form of our own, because it is the only one that both databases can be put back from. Parts are
small, so that neither side holds more than one in memory. The manifest comes last: a file that
was cut short has none.
"""

import base64
import binascii
import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import sqlalchemy as sa
import zstandard
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from correlator.errors import Permanent
from correlator.store.tables.columns import BIG, JSON

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_PART = 1024 * 1024 * 1024
TYPES: dict[str, Any] = {
    "bytes": sa.LargeBinary(),
    "time": UTCDateTime(),
    "json": JSON,
    "whole": BIG,
    "real": sa.Float(),
    "yesno": sa.Boolean(),
    "text": sa.String(),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One member of the file and what its bytes must hash to. ``rows`` 0: a plain file."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. ``columns``: type of each column by table, in insertion order."""

    made_at: str
    program: str
    schema: str
    secret_mark: str
    columns: dict[str, dict[str, str]]
    rows: dict[str, int]
    parts: tuple[Part, ...]


def type_of(column: sa.Column[Any]) -> str:
    """The name that the manifest gives to a column's type."""
    kinds: tuple[tuple[Any, str], ...] = (
        (sa.LargeBinary, "bytes"),
        (UTCDateTime, "time"),
        (sa.JSON, "json"),
        (sa.Boolean, "yesno"),
        (sa.Integer, "whole"),
        (sa.Float, "real"),
        ((sa.String, AutoString), "text"),
    )
    for kind, name in kinds:
        if isinstance(column.type, kind):
            return name
    raise TypeError(f"{column} has a type that no backup can hold: {column.type!r}")


@dataclass(slots=True)
class Writer:
    """Adds parts to a backup, and the manifest at the end."""

    tar: tarfile.TarFile
    made_at: datetime
    parts: list[Part] = field(default_factory=list)

    def add_rows(self, name: str, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows of a table as one part."""
        lines = b"\n".join(
            orjson.dumps([_written(kind, held) for kind, held in zip(types, row, strict=True)])
            for row in rows
        )
        self.add_bytes(name, zstandard.compress(lines, level=6), rows=len(rows))

    def add_bytes(self, name: str, content: bytes, rows: int = 0) -> None:
        """Add a part as it is."""
        self._put(name, content)
        self.parts.append(Part(name, rows, hashlib.sha256(content).hexdigest()))

    def finish(self, manifest: dict[str, Any]) -> None:
        """Add the manifest: now the backup is whole."""
        parts = [[part.name, part.rows, part.sha256] for part in self.parts]
        whole = {"format": FORMAT, "made_at": self.made_at.isoformat(), **manifest, "parts": parts}
        self._put(MANIFEST, orjson.dumps(whole, option=orjson.OPT_INDENT_2))

    def _put(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        member.mtime = int(self.made_at.timestamp())
        self.tar.addfile(member, io.BytesIO(content))


def read_manifest(file: BinaryIO) -> Manifest:
    """Check every part against the manifest, and return it. Permanent when anything is amiss."""
    found: dict[str, str] = {}
    manifest: bytes | None = None
    try:
        for name, content in parts_of(file):
            if name == MANIFEST:
                manifest = content
            else:
                found[name] = hashlib.sha256(content).hexdigest()
    except (tarfile.TarError, EOFError, OSError) as fault:
        raise Permanent(f"This is no backup, or it was cut short: {fault}") from fault
    if manifest is None:
        raise Permanent("The backup has no manifest: it was cut short, or is no backup of ours.")
    read = _manifest(manifest)
    for part in read.parts:
        if found.pop(part.name, None) != part.sha256:
            raise Permanent(f"The backup is damaged: {part.name} is not what was written.")
    if found:
        raise Permanent(f"The backup holds what its manifest does not name: {sorted(found)[:3]}")
    return read


def parts_of(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every member, in order."""
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for member in tar:
            if not member.isfile() or member.size > LARGEST_PART:
                raise Permanent(f"The backup holds something that no backup holds: {member.name}")
            held = tar.extractfile(member)
            assert held is not None
            content = held.read()
            if len(content) != member.size:
                raise EOFError(f"{member.name} ends early")
            yield member.name, content


def read_rows(columns: dict[str, str], content: bytes) -> Iterator[dict[str, Any]]:
    """The rows of a part, as the database takes them."""
    lines = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content))
    for line in io.BufferedReader(lines):
        values = orjson.loads(line)
        yield {
            name: _read(kind, held)
            for (name, kind), held in zip(columns.items(), values, strict=True)
        }


def table_of(name: str, columns: dict[str, str]) -> sa.TableClause:
    """The table as it was when the backup was made, whatever it is now."""
    made: Iterable[sa.ColumnClause[Any]] = (
        sa.column(column, TYPES[kind]) for column, kind in columns.items()
    )
    return sa.table(name, *made)


def save_file(root: Path, name: str, content: bytes) -> None:
    """Put a file of the backup under ``root``, readable by its owner only."""
    target = (root / name).resolve()
    if not target.is_relative_to(root.resolve()):
        raise Permanent(f"The backup holds a file that would lie elsewhere: {name}")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.touch(mode=0o600)
    target.chmod(0o600)
    target.write_bytes(content)


def _manifest(content: bytes) -> Manifest:
    try:
        said = orjson.loads(content)
        if said["format"] != FORMAT:
            raise Permanent(
                f"The backup has format {said['format']}, this Correlator reads {FORMAT}:"
                " restore it with the version that made it."
            )
        return Manifest(
            made_at=said["made_at"],
            program=said["program"],
            schema=said["schema"],
            secret_mark=said["secret_mark"],
            columns=said["columns"],
            rows=said["rows"],
            parts=tuple(Part(*part) for part in said["parts"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as fault:
        raise Permanent(f"The backup's manifest cannot be read: {fault!r}") from fault


def _written(kind: str, held: Any) -> Any:
    return base64.b64encode(held).decode() if kind == "bytes" and held is not None else held


def _read(kind: str, held: Any) -> Any:
    if held is None:
        return None
    try:
        if kind == "bytes":
            return base64.b64decode(held, validate=True)
        return datetime.fromisoformat(held) if kind == "time" else held
    except (binascii.Error, ValueError, TypeError) as fault:
        raise Permanent(f"The backup holds a value that cannot be read: {fault}") from fault
