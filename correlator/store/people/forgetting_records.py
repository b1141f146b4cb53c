"""Erasing a person from what agents' records told: who prompted a session, and with what words.

Names in claims go, in sentences about them too, and the prompts that were theirs; the claims stay,
so that no answer and no count changes. Commits, and whoever they say was author or signer, are the
repository's own record and stay; its notes are read again when they change.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.people.forgetting import Account
from correlator.store.tables import CommitRow, SurveyedRow, VerdictRow

_BATCH = 500
_WORDS = ("prompted by ", "typed by ")


def records_naming(session: Session, account: Account) -> int:
    """How many commits have a record that names the person as who prompted or typed."""
    named = {row.sha for row in _rows(session, account) if _names(row.claims, account)}
    return len(named)


def forget_in_records(session: Session, account: Account) -> int:
    """Take the person out of records about commits and sessions: of how many commits. Running it
    twice changes nothing."""
    names: dict[str, set[str]] = {}
    for row in _rows(session, account):
        here = _names(row.claims, account)
        if not here:
            continue
        names.setdefault(row.sha, set()).update(here)
        row.claims = [_without(one, here, account) for one in row.claims]
        row.because = _said(row.because, here, account)
        if isinstance(row, SurveyedRow) and account.is_person(row.accountable):
            row.accountable = account.pseudonym()
        session.add(row)
    if names:
        _forget_in_snippets(session, names, account)
    session.flush()
    return len(names)


def _names(claims: Iterable[Mapping[str, Any]], account: Account) -> set[str]:
    """The names by which claims call the person."""
    told = (one.get("human") for one in claims)
    return {
        (human.partition("<")[0].strip() or human)
        for human in told
        if isinstance(human, str) and account.is_person(human)
    }


def _without(claim: Mapping[str, Any], names: set[str], account: Account) -> dict[str, Any]:
    because = _said(str(claim.get("because") or ""), names, account)
    if not account.is_person(claim.get("human")):
        return {**claim, "because": because}
    recorded = claim.get("recorded")
    kept = {**recorded, "prompt": None} if isinstance(recorded, dict) else recorded
    return {**claim, "because": because, "human": account.pseudonym(), "recorded": kept}


def _said(text: str, names: set[str], account: Account) -> str:
    for name in names:
        for words in _WORDS:
            text = text.replace(f"{words}{name}", f"{words}{account.pseudonym()}")
    return text


def _forget_in_snippets(session: Session, names: Mapping[str, set[str]], account: Account) -> None:
    """In the gutters that verdicts show: the sentences about lines of these commits."""
    for verdict in _all(session, VerdictRow, sa.true()):
        shown = [_snippet(one, names, account) for one in verdict.snippets]
        if shown != verdict.snippets:
            verdict.snippets = shown
            session.add(verdict)


def _snippet(
    snippet: Mapping[str, Any], names: Mapping[str, set[str]], account: Account
) -> dict[str, Any]:
    lines = [
        _told(line, names[line["sha"]], account) if line.get("sha") in names else line
        for line in snippet.get("lines", ())
    ]
    return {**snippet, "lines": lines}


def _told(said: Any, names: set[str], account: Account) -> Any:
    if isinstance(said, str):
        return _said(said, names, account)
    if isinstance(said, dict):
        return {
            key: value if key == "text" else _told(value, names, account)
            for key, value in said.items()
        }
    return [_told(one, names, account) for one in said] if isinstance(said, list) else said


def _rows(session: Session, account: Account) -> Iterator[CommitRow | SurveyedRow]:
    if not account.name:
        return
    for table in (CommitRow, SurveyedRow):
        text = sa.func.lower(sa.cast(col(table.claims), sa.Text))
        # Beyond ASCII the stored text may be escaped, and each database folds case in its own way.
        plain = account.name.isascii()
        where = text.contains(account.name, autoescape=True) if plain else sa.true()
        yield from _all(session, table, where)


def _all(session: Session, table: type[Any], where: sa.ColumnElement[bool]) -> Iterator[Any]:
    """Every such row, some hundreds at a time."""
    after = 0
    while True:
        wanted = select(table).where(col(table.id) > after, where).order_by(col(table.id))
        rows = session.exec(wanted.limit(_BATCH)).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1].id
