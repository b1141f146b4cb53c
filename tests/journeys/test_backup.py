"""A backup made while events come in is one moment's state, and goes back into either database."""

import hashlib
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlmodel import col, select

from correlator.cli import cli
from correlator.errors import Permanent
from correlator.grouping import fingerprint
from correlator.store.intake import inbox
from correlator.store.intake.bodies import unpack
from correlator.store.issues.kept import keep_event
from correlator.store.migrate import is_current
from correlator.store.session import open_engine, reading, transaction
from correlator.store.tables import EventRow, InboxRow, IssueRow, ProjectRow, VerdictRow
from correlator.store.upkeep.backup import Extra, backup, restore, restore_files
from correlator.types import Inbound
from tests import servers
from tests.builders import NOW, a_project, a_whole_story, an_event

SECRET = b"the secret of a test"
METADATA = ProjectRow.metadata


@pytest.fixture
def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], sa.Engine]]:
    """Makes an engine on a database without tables, of either kind."""
    made: list[sa.Engine] = []

    def make(kind: str) -> sa.Engine:
        url = f"sqlite:///{tmp_path}/restored-{len(made)}.sqlite"
        if kind == "postgresql":
            postgres: servers.Postgres = request.getfixturevalue("postgres")
            name = f"restored_{hashlib.md5(str(tmp_path).encode()).hexdigest()[:12]}_{len(made)}"
            postgres.execute(f"create database {name}")
            url = postgres.url(name)
        made.append(open_engine(url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def contents(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with reading(engine) as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for table in METADATA.sorted_tables
        }


def filled(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        issue = a_whole_story(session)
        project = session.get_one(ProjectRow, issue.project_id)
        event = an_event(event_id="e" * 32, user="f" * 32)
        keep_event(session, project, event, fingerprint(event), NOW)
        inbox.receive(session, delivery(project.id or 0, "raw"))


def delivery(project_id: int, name: str) -> Inbound:
    return Inbound(
        project_id=project_id,
        source="sentry-envelope",
        delivery=name,
        body=b"\x1f\x8b\x00\xff raw bytes",
        received_at=NOW,
    )


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_every_row_comes_back_in_either_database(
    engine: sa.Engine, into: str, tmp_path: Path, empty_database: Callable[[str], sa.Engine]
) -> None:
    filled(engine)
    rows = backup(engine, tmp_path / "b.tar", NOW, SECRET)
    target = empty_database(into)
    with (tmp_path / "b.tar").open("rb") as file:
        restore(target, file, replace=False)
    assert contents(target) == contents(engine)
    assert rows["event"] == 6
    assert rows["verdict"] == 1
    assert is_current(target)
    with reading(target) as session:
        row = session.exec(select(EventRow).where(EventRow.event_id == "e" * 32)).one()
        assert unpack(row.body) == an_event(event_id="e" * 32, user="f" * 32)


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_work_goes_on_after_restoring_without_a_number_used_twice(
    engine: sa.Engine, into: str, tmp_path: Path, empty_database: Callable[[str], sa.Engine]
) -> None:
    filled(engine)
    backup(engine, tmp_path / "b.tar", NOW, SECRET)
    target = empty_database(into)
    with (tmp_path / "b.tar").open("rb") as file:
        restore(target, file, replace=False)
    with transaction(target) as session:
        project = session.exec(select(ProjectRow)).one()
        for place in range(3):
            event = an_event(event_id=f"{place:032x}", fingerprint=(str(place),))
            assert keep_event(session, project, event, fingerprint(event), NOW).is_new
    with reading(target) as session:
        numbers = list(session.exec(select(IssueRow.id)))
        assert len(set(numbers)) == len(numbers) == 5


def test_a_backup_made_while_events_come_in_is_one_moment(
    engine: sa.Engine, tmp_path: Path, empty_database: Callable[[str], sa.Engine]
) -> None:
    with transaction(engine) as session:
        project = a_project(session)
    stop, kept = threading.Event(), [0]
    writer = threading.Thread(target=_keep_writing, args=(engine, project, stop, kept))
    writer.start()
    try:
        servers.wait_until(lambda: kept[0] > 5, "the writer")
        before = kept[0]
        for place in range(3):
            backup(engine, tmp_path / f"b{place}.tar", NOW, SECRET)
        servers.wait_until(lambda: kept[0] > before + 5, "the writer, after the backup")
    finally:
        stop.set()
        writer.join()
    for place in range(3):
        target = empty_database("sqlite")
        with (tmp_path / f"b{place}.tar").open("rb") as file:
            restore(target, file, replace=False)
        _is_one_moment(target, at_least=before)


def _keep_writing(
    engine: sa.Engine, project: ProjectRow, stop: threading.Event, kept: list[int]
) -> None:
    """A delivery and its event in one transaction, over and over."""
    while not stop.is_set():
        name = f"{kept[0]:032x}"
        with transaction(engine) as session:
            inbox.receive(session, delivery(project.id or 0, name))
            event = an_event(event_id=name, user=f"{kept[0] % 7:032x}")
            keep_event(
                session, session.get_one(ProjectRow, project.id), event, fingerprint(event), NOW
            )
        kept[0] += 1


def _is_one_moment(engine: sa.Engine, at_least: int) -> None:
    with reading(engine) as session:
        events = set(session.exec(select(EventRow.event_id)))
        deliveries = set(session.exec(select(InboxRow.delivery)))
        issue = session.exec(select(IssueRow)).one()
    assert events == deliveries == {f"{number:032x}" for number in range(len(events))}
    assert issue.times_seen == len(events) >= at_least


def test_a_database_with_rows_is_not_overwritten_unless_it_is_said(
    engine: sa.Engine, tmp_path: Path
) -> None:
    filled(engine)
    backup(engine, tmp_path / "b.tar", NOW, SECRET)
    at_backup = contents(engine)
    with transaction(engine) as session:
        a_project(session, "later")
    with (tmp_path / "b.tar").open("rb") as file:
        with pytest.raises(Permanent, match="not empty"):
            restore(engine, file, replace=False)
        assert contents(engine) != at_backup
        restore(engine, file, replace=True)
    assert contents(engine) == at_backup


def _damaged(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def test_a_damaged_or_cut_backup_changes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    filled(engine)
    whole = tmp_path / "whole.tar"
    backup(engine, whole, NOW, SECRET)
    before = contents(engine)
    size = whole.stat().st_size
    damages: dict[str, Callable[[Path], object]] = {
        "a byte": lambda path: _damaged(path, 600),
        "cut in the middle": lambda path: path.write_bytes(whole.read_bytes()[: size // 2]),
        "cut in a header": lambda path: path.write_bytes(whole.read_bytes()[:100]),
        "empty": lambda path: path.write_bytes(b""),
        "something else": lambda path: path.write_bytes(b"hello" * 999),
    }
    for name, damage in damages.items():
        broken = tmp_path / "broken.tar"
        broken.write_bytes(whole.read_bytes())
        damage(broken)
        with broken.open("rb") as file, pytest.raises(Permanent, match=r"[Bb]ackup"):
            restore(engine, file, replace=True)
        assert contents(engine) == before, name


def test_a_backup_that_fails_half_way_leaves_the_database_as_it_was(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(engine)
    backup(engine, tmp_path / "b.tar", NOW, SECRET)
    with transaction(engine) as session:
        a_project(session, "later")
    before = contents(engine)

    def out_of_space(_session: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("correlator.store.upkeep.backup._reset_numbers", out_of_space)
    with (tmp_path / "b.tar").open("rb") as file, pytest.raises(OSError, match="No space"):
        restore(engine, file, replace=True)
    assert contents(engine) == before


def test_the_file_is_its_owners_alone_and_there_whole_or_not_at_all(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(engine)
    target = tmp_path / "b.tar"
    backup(engine, target, NOW, SECRET)
    assert target.stat().st_mode & 0o777 == 0o600
    good = target.read_bytes()
    monkeypatch.setattr("correlator.store.upkeep.archive.zstandard.compress", _fails)
    with pytest.raises(OSError, match="disk"):
        backup(engine, target, NOW, SECRET)
    assert target.read_bytes() == good


def _fails(*_given: object, **_more: object) -> bytes:
    raise OSError("disk")


def test_a_newer_backup_is_refused_by_name(engine: sa.Engine, tmp_path: Path) -> None:
    filled(engine)
    backup(engine, tmp_path / "b.tar", NOW, SECRET)
    content = (tmp_path / "b.tar").read_bytes()
    newer = content.replace(b'"schema": "00', b'"schema": "99')
    assert newer != content
    (tmp_path / "b.tar").write_bytes(newer)
    with (tmp_path / "b.tar").open("rb") as file, pytest.raises(Permanent, match="schema 99"):
        restore(engine, file, replace=True)


# --- the commands ----------------------------------------------------------------------------


def run(data_dir: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        cli, arguments, env={"CORRELATOR_DATA_DIR": str(data_dir), "CORRELATOR_DATABASE_URL": ""}
    )
    return done.exit_code, done.output


def test_an_installation_moves_with_its_secrets_only_when_asked(tmp_path: Path) -> None:
    old, new, bare = tmp_path / "old", tmp_path / "new", tmp_path / "bare"
    assert run(old, "project", "add", "shop")[0] == 0
    (old / "secret_key").write_bytes(b"s" * 64)
    (old / "credentials").mkdir()
    (old / "credentials" / "0123456789abcdef.token").write_text("password=hush\n")
    assert run(old, "backup", str(tmp_path / "with.tar"), "--with-secrets")[0] == 0
    said = run(old, "backup", str(tmp_path / "without.tar"))[1]
    assert "secret key is not in it" in said
    with tarfile.open(tmp_path / "without.tar") as tar:
        assert not [name for name in tar.getnames() if name.startswith("files/")]

    code, said = run(new, "restore", str(tmp_path / "with.tar"))
    assert (code, "log in anew" in said) == (0, False)
    assert (new / "secret_key").read_bytes() == b"s" * 64
    credential = new / "credentials" / "0123456789abcdef.token"
    assert credential.read_text() == "password=hush\n"
    assert credential.stat().st_mode & 0o777 == 0o600
    assert "shop" in run(new, "project", "list")[1]

    code, said = run(bare, "restore", str(tmp_path / "without.tar"))
    assert (code, "log in anew" in said) == (0, True)


def test_mirrors_come_along_only_when_asked(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    assert run(old, "project", "add", "shop")[0] == 0
    for name in ("1.git/HEAD", "1.git/objects/pack/pack-1.pack"):
        (old / "mirrors" / name).parent.mkdir(parents=True, exist_ok=True)
        (old / "mirrors" / name).write_text(name)
    run(old, "backup", str(tmp_path / "with.tar"), "--with-mirrors")
    run(new, "restore", str(tmp_path / "with.tar"))
    assert (new / "mirrors" / "1.git/objects/pack/pack-1.pack").is_file()


def test_nothing_of_a_backup_is_written_outside_of_the_data_directory(
    engine: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")
    backup(engine, tmp_path / "b.tar", NOW, SECRET, (Extra("../outside", tmp_path / "x"),))
    with (tmp_path / "b.tar").open("rb") as file, pytest.raises(Permanent, match="elsewhere"):
        restore_files(file, tmp_path / "data")
    assert not (tmp_path / "outside").exists()


def test_the_verdicts_of_a_restored_database_point_to_their_events(
    engine: sa.Engine, tmp_path: Path, empty_database: Callable[[str], sa.Engine]
) -> None:
    filled(engine)
    backup(engine, tmp_path / "b.tar", NOW, SECRET)
    target = empty_database("sqlite")
    with (tmp_path / "b.tar").open("rb") as file:
        restore(target, file, replace=False)
    with reading(target) as session:
        verdict = session.exec(select(VerdictRow)).one()
        assert session.get(EventRow, verdict.event_id) is not None
        assert session.exec(select(IssueRow.id).where(col(IssueRow.verdict_id) == verdict.id)).one()
