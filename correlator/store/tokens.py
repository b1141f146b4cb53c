"""API tokens: shown once, kept as a hash. They are random, so a fast hash is enough."""

import hashlib
import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from correlator.store.tables import TokenRow

PREFIX = "cor_"
HINT_LENGTH = 8


def mint(session: Session, name: str, project_id: int | None, now: datetime) -> str:
    """Make a token and keep its hash; the token itself is returned this once."""
    token = PREFIX + secrets.token_urlsafe(32)
    hint = token[:HINT_LENGTH]
    session.add(
        TokenRow(name=name, hash=_hash(token), hint=hint, project_id=project_id, created_at=now)
    )
    return token


def find(session: Session, token: str) -> TokenRow | None:
    """The token's row, unless it was never made or has been revoked."""
    wanted = select(TokenRow).where(
        col(TokenRow.hash) == _hash(token), col(TokenRow.revoked_at).is_(None)
    )
    return session.exec(wanted).first()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
