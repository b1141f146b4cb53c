"""Accounts: who may log in. Passwords are kept as argon2id hashes and never leave this module."""

from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.tables import AccountRow

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash("nobody has this password")


def add(session: Session, email: str, password: str, now: datetime) -> AccountRow:
    """Make an account. Permanent when the address is taken or the password too short."""
    email = _plain(email)
    if "@" not in email or len(email) > 320:
        raise Permanent(f"{email!r} is not a mail address. Give one such as ana@example.org.")
    row = AccountRow(email=email, password=_hash(password), created_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as fault:
        raise Permanent(f"There is an account {email} already.") from fault
    return row


def change_password(session: Session, email: str, password: str) -> None:
    """Give an account another password. Permanent when there is no such account."""
    hashed = _hash(password)
    row = session.exec(select(AccountRow).where(col(AccountRow.email) == _plain(email))).first()
    if row is None:
        raise Permanent(f"There is no account {_plain(email)}. See: correlator account list")
    row.password = hashed


def check(session: Session, email: str, password: str) -> AccountRow | None:
    """The account if the password is right. An unknown address takes just as long as a known."""
    row = session.exec(select(AccountRow).where(col(AccountRow.email) == _plain(email))).first()
    right = _matches(row.password if row else _hash_of_nobody(), password[:LONGEST_PASSWORD])
    return row if row and right else None


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Permanent(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return _hasher().hash(password)


def _matches(kept: str, password: str) -> bool:
    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _plain(email: str) -> str:
    return email.strip().lower()
