"""A token opens what it was made for until it is revoked; only its hash is kept."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import select

from correlator.store.people import tokens
from correlator.store.session import reading, transaction
from correlator.store.tables import TokenRow

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_token_is_found_by_its_text_alone(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        token = tokens.mint(session, "ci", None, NOW)
        other = tokens.mint(session, "other", None, NOW)
    assert token != other
    assert len(token) > 40
    with reading(engine) as session:
        found = tokens.find(session, token)
        assert found is not None
        assert found.name == "ci"
        for wrong in ("", token[:-1], token + "a", token.upper(), "ü" * 40, "x" * 10_000):
            assert tokens.find(session, wrong) is None


def test_a_revoked_token_opens_nothing(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        token = tokens.mint(session, "ci", None, NOW)
    with transaction(engine) as session:
        row = tokens.find(session, token)
        assert row is not None
        row.revoked_at = NOW
        session.add(row)
    with reading(engine) as session:
        assert tokens.find(session, token) is None


def test_the_text_itself_is_not_kept(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        token = tokens.mint(session, "ci", None, NOW)
    with reading(engine) as session:
        row = session.exec(select(TokenRow)).one()
    assert token not in repr(row)
    assert len(row.hint) <= 16
    assert row.hint.startswith(token[:8])


def test_a_use_is_noted(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        token = tokens.mint(session, "ci", None, NOW)
        row = tokens.find(session, token)
        assert row is not None
        tokens.note_use(session, row, NOW)
    with reading(engine) as session:
        found = tokens.find(session, token)
        assert found is not None
        assert found.used_at == NOW
