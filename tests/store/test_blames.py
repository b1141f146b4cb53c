"""Kept blames in the database: found by file, and only the newest of each."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from correlator.code.blame import Where
from correlator.store.code.blames import NEWEST, KeptBlames
from correlator.store.session import reading, transaction
from correlator.store.tables import BlameRow
from tests.builders import a_repo


@pytest.fixture
def kept(engine: sa.Engine) -> KeptBlames:
    with transaction(engine) as session:
        repo_id = a_repo(session).id or 0
    return KeptBlames(engine, repo_id)


def test_what_was_put_last_is_what_is_kept(kept: KeptBlames) -> None:
    where = Where("a" * 40, "app.py", "w-M-1 lines")
    assert kept.get(where) is None
    kept.put(where, b"one")
    kept.put(where, b"two")
    assert kept.get(where) == b"two"
    assert kept.get(where._replace(recipe="another")) is None


def test_of_a_file_only_the_newest_revisions_are_kept(kept: KeptBlames, engine: sa.Engine) -> None:
    revisions = [f"{number:040x}" for number in range(NEWEST + 3)]
    for revision in revisions:
        kept.put(Where(revision, "app.py", "plain"), b"body")
    kept.put(Where("f" * 40, "other.py", "plain"), b"body")
    assert kept.newest("app.py", "plain") == revisions[:2:-1]
    with reading(engine) as session:
        assert len(session.exec(select(BlameRow)).all()) == NEWEST + 1


def test_the_files_of_which_one_was_kept_last_come_first(kept: KeptBlames) -> None:
    for path, revision in (("a.py", "1"), ("b.py", "2"), ("c.py", "3"), ("a.py", "4")):
        kept.put(Where(revision * 40, path, "plain"), b"body")
    assert kept.latest(2) == ["a.py", "c.py"]
