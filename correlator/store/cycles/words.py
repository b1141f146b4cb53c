"""What is said of a fix: that it mends an issue, or that it is none. The newest word counts."""

from sqlmodel import Session, col, select

from correlator.store.tables import FixWordRow

NAMED, DENIED = "mends", "not"


def keep_word(session: Session, word: FixWordRow) -> None:
    """Append it, unless it says what the newest word of this kind on this change said."""
    newest = session.exec(
        select(FixWordRow)
        .where(FixWordRow.issue_id == word.issue_id, FixWordRow.key == word.key)
        .order_by(col(FixWordRow.id).desc())
        .limit(1)
    ).first()
    if newest is None or (newest.said, newest.way) != (word.said, word.way):
        session.add(word)
        session.flush()
