"""Builders of commits for the provenance room, and its real samples."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from correlator.provenance import NONE, Claims, Records, claims, judge
from correlator.types import Commit, Identity, Provenance

DATA = Path(__file__).parents[1] / "data" / "provenance"
JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC)
JANE = Identity("Jane Roe", "jane@example.net")


def identity(text: str) -> Identity:
    name, _, mail = text.rpartition(" <")
    return Identity(name, mail.rstrip(">"))


def a_commit(
    message: str = "Fix the thing",
    *,
    author: str = "Jane Roe <jane@example.net>",
    committer: str | None = None,
    at: datetime = JANUARY,
) -> Commit:
    return Commit(
        sha="a" * 40,
        parents=("b" * 40,),
        author=identity(author),
        committer=identity(committer or author),
        authored_at=at,
        committed_at=at,
        message=message,
    )


def claims_of(message: str = "Fix the thing", records: Records = NONE, **given: Any) -> Claims:
    return claims(a_commit(message, **given), records)


def judged(message: str = "Fix the thing", records: Records = NONE, **given: Any) -> Provenance:
    return judge(claims_of(message, records, **given))


def sample(name: str) -> bytes:
    return (DATA / name).read_bytes()


def messages() -> Iterator[dict[str, Any]]:
    for line in (DATA / "commit-messages.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)
