"""API tokens. Only a hash is kept: the token is 256 random bits, so a plain SHA-256 will do."""

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import TokenRow

PREFIX = "corr_"
_MOST = 200


def mint(session: Session, name: str, project_id: int | None, now: datetime) -> str:
    """Make a token and return it, the only time that it can be seen.

    ``project_id`` None: it is good for all projects.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        TokenRow(
            name=name[:128],
            hash=_hash(token),
            hint=f"{token[:8]}…{token[-4:]}",
            project_id=project_id,
            created_at=now,
        )
    )
    session.flush()
    return token


def find(session: Session, token: str) -> TokenRow | None:
    """The row of a token that is good; None if it is unknown or revoked."""
    if not token or len(token) > _MOST:
        return None
    return session.exec(
        select(TokenRow).where(TokenRow.hash == _hash(token), col(TokenRow.revoked_at).is_(None))
    ).first()


def note_use(session: Session, row: TokenRow, now: datetime) -> None:
    """Note that the token was used, for the page that lists tokens."""
    used = sa.update(TokenRow).where(col(TokenRow.id) == row.id).values(used_at=now)
    session.execute(used.execution_options(synchronize_session=False))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
