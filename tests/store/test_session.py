"""How long a database is waited for when somebody else holds it."""

import time

import pytest
import sqlalchemy as sa

from correlator.errors import Transient
from correlator.store.session import BUSY_SECONDS, open_engine, transaction


def test_a_lock_is_waited_for_so_long_and_then_there_is_word(database_url: str) -> None:
    holder, other = open_engine(database_url), open_engine(database_url)
    with holder.begin() as held:
        if held.dialect.name == "postgresql":
            held.execute(sa.text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        began = time.monotonic()
        with pytest.raises(Transient, match="did not take it"), transaction(other) as session:
            session.execute(sa.text("DELETE FROM inbox"))
        assert BUSY_SECONDS - 1 < time.monotonic() - began < BUSY_SECONDS + 20
    with transaction(other) as session:
        session.execute(sa.text("DELETE FROM inbox"))
    holder.dispose()
    other.dispose()
