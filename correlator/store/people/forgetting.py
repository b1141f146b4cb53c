"""Erasing a person from what forges told: their names go, who reviewed what stays counted.

Each account becomes ``erased-…``: the same one everywhere, so that one person stays one, that an
own approval stays one's own, and that no count changes; it is a keyed hash, so nobody can try
names against it. The repository's commits are its own record and stay as they are.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlmodel import Session, col, select

from correlator.store.tables import PullRequestRow, ReviewRow, StandingRow
from correlator.types import Actor

_BATCH = 500


class Account:
    """Whom to forget: a login (with or without ``@``) or a mail address as forges know it."""

    def __init__(self, identity: str, secret: bytes) -> None:
        said = identity.strip().casefold()
        self.name = said.removeprefix("@")
        if said.isdecimal():
            self.name = ""  # a program's own number of a user is nobody's login
        self._secret = secret
        mark = "" if "@" in self.name else "@"  # a bare word may be any word
        self._word = re.compile(
            rf"(?<![\w.-]){re.escape(mark + self.name)}(?![\w-])", re.IGNORECASE
        )

    def is_it(self, actor: Mapping[str, Any] | None) -> bool:
        """Whether a stored account has this login or mail address."""
        known = ((actor or {}).get("login"), (actor or {}).get("email"))
        return self.is_name(known[0]) or self.is_name(known[1])

    def is_name(self, one: object) -> bool:
        """Whether a stored name is the account's."""
        return isinstance(one, str) and self.name != "" and one.casefold() == self.name

    def is_person(self, who: object) -> bool:
        """Whether ``Name <mail>``, a mail or a name, as records write people, is the account's."""
        if not isinstance(who, str):
            return False
        mail = who.partition("<")[2].partition(">")[0]
        return self.is_name(mail.strip()) or self.is_name(who.strip())

    def called(self, login: str) -> "Account":
        """The same person by another name."""
        return Account(f"@{login}", self._secret)

    def pseudonym(self, actor: Mapping[str, Any] | None = None) -> str:
        """What stands for it: by the login, so that a mail and a login make the same one."""
        login = (actor or {}).get("login")
        what = login.casefold() if isinstance(login, str) else self.name
        digest = hmac.new(self._secret, b"forge account " + what.encode(), hashlib.sha256)
        return f"erased-{digest.hexdigest()[:12]}"

    def gone(self, actor: Mapping[str, Any]) -> dict[str, Any]:
        """The account without anything that leads back to the person."""
        is_machine = bool(actor.get("is_machine"))
        return asdict(Actor(login=self.pseudonym(actor), is_machine=is_machine))

    def without(self, said: Any) -> Any:
        """What a page shows, with the name taken out of every text."""
        if isinstance(said, str):
            return said if not self.name else self._word.sub(f"@{self.pseudonym()}", said)
        if isinstance(said, dict):
            return {name: self.without(value) for name, value in said.items()}
        return [self.without(one) for one in said] if isinstance(said, list) else said

    def mentioned(self, said: Any) -> bool:
        """Whether any text of what a page shows names it."""
        return bool(self.without(said) != said)


def facts_of(session: Session, account: Account) -> tuple[int, int]:
    """How many pull requests and reviews name the account."""
    pulls = sum(1 for row in _pulls(session) if _names(row, account))
    reviews = sum(1 for row in _rows(session, ReviewRow) if account.is_it(row.reviewer))
    return pulls, reviews


def forget_account(session: Session, account: Account) -> tuple[int, int]:
    """Take the account out of pull requests, reviews and what was told of them: how many of each
    of the first two. Running it twice changes nothing."""
    pulls = reviews = 0
    for login in _logins(session, account):
        more = forget_account(session, account.called(login))
        pulls, reviews = pulls + more[0], reviews + more[1]
    for row in _pulls(session):
        if _names(row, account):
            _forget(row, account)
            pulls += 1
    for review in _rows(session, ReviewRow):
        if account.is_it(review.reviewer):
            if review.key.startswith("user:"):
                review.key = f"user:{account.pseudonym(review.reviewer)}"
            review.reviewer = account.gone(review.reviewer)
            session.add(review)
            reviews += 1
    for standing in _rows(session, StandingRow):
        if account.mentioned(standing.body):
            standing.body = account.without(standing.body)
            session.add(standing)
    session.flush()
    return pulls, reviews


def _logins(session: Session, account: Account) -> set[str]:
    """The logins of accounts that have this mail address: pages show these."""
    found = [one for row in _pulls(session) for one in (row.author, row.merged_by)]
    found += [row.reviewer for row in _rows(session, ReviewRow)]
    logins = {str(one["login"]) for one in found if account.is_it(one) and one and one.get("login")}
    return {one for one in logins if not account.is_name(one)}


def _pulls(session: Session) -> Iterator[PullRequestRow]:
    return _rows(session, PullRequestRow)


def _rows(session: Session, table: type[Any]) -> Iterator[Any]:
    """Every row, some hundreds at a time: a login lies within JSON, where no index helps."""
    after = 0
    while True:
        wanted = select(table).where(col(table.id) > after).order_by(col(table.id)).limit(_BATCH)
        rows: Sequence[Any] = session.exec(wanted).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1].id


def _names(row: PullRequestRow, account: Account) -> bool:
    return (
        account.is_it(row.author)
        or account.is_it(row.merged_by)
        or any(account.is_name(one) for one in row.requested_by)
        or account.mentioned(row.footers)
        or account.mentioned(row.title)
    )


def _forget(row: PullRequestRow, account: Account) -> None:
    if row.author is not None and account.is_it(row.author):
        row.author = account.gone(row.author)
    if row.merged_by is not None and account.is_it(row.merged_by):
        row.merged_by = account.gone(row.merged_by)
    row.requested_by = [
        account.pseudonym() if account.is_name(one) else one for one in row.requested_by
    ]
    row.footers = account.without(row.footers)
    row.title = account.without(row.title)[:300] if row.title else None
