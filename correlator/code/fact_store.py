"""What was found of commits, kept beside a mirror: yes or no, to a question that others put.

A question names what is asked and how it is answered, so that an answer found in another way is
not taken for it. What follows from a commit's content never changes.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import orjson

from correlator.code.kept_file import KeptFile

_MOST = 200_000
_SCHEMA = """
create table if not exists fact (
    number integer primary key, question text not null, sha text not null,
    answer integer not null, unique (question, sha)
);
"""
_GET = """
select sha, answer from fact where question = ? and sha in (select value from json_each(?))
"""
_PUT = "insert or replace into fact (question, sha, answer) values (?, ?, ?)"
_PRUNE = "delete from fact where number <= (select max(number) from fact) - ?"


class FactStore:
    """The kept facts of one repository."""

    def __init__(self, file: Path) -> None:
        self._file = KeptFile(file, _SCHEMA)

    def get(self, question: str, shas: Iterable[str]) -> dict[str, bool]:
        """The answers that are kept, by commit."""
        asked, nothing = (question, orjson.dumps(list(shas)).decode()), list[tuple[str, int]]()
        rows = self._file.read(lambda database: database.execute(_GET, asked).fetchall(), nothing)
        return {sha: bool(answer) for sha, answer in rows}

    def put(self, question: str, answers: Mapping[str, bool]) -> None:
        """Keep them; beyond a number, those that were kept first go."""
        rows = [(question, sha, int(answer)) for sha, answer in answers.items()]
        if rows:
            self._file.write(
                lambda database: (
                    database.executemany(_PUT, rows),
                    database.execute(_PRUNE, (_MOST,)),
                )
            )


def question(name: str, *answered_by: ModuleType) -> str:
    """A question whose answers hold as long as the code of these modules is what it is."""
    text = b"".join(Path(str(module.__file__)).read_bytes() for module in answered_by)
    return f"{name} {sha256(text).hexdigest()[:16]}"
