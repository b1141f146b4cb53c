"""A project's grouping rules: append-only, the newest count."""

from datetime import datetime

from sqlmodel import Session, col, select

from correlator.store.tables import GroupingRulesRow


def rules_in_force(session: Session, project_id: int) -> GroupingRulesRow | None:
    """What was written last; None when nobody has written any."""
    mine = select(GroupingRulesRow).where(GroupingRulesRow.project_id == project_id)
    return session.exec(mine.order_by(col(GroupingRulesRow.id).desc()).limit(1)).first()


def rules_text(session: Session, project_id: int) -> str:
    """The text of the rules in force; '' for none."""
    mine = select(GroupingRulesRow.text).where(GroupingRulesRow.project_id == project_id)
    return session.exec(mine.order_by(col(GroupingRulesRow.id).desc()).limit(1)).first() or ""


def keep_rules(
    session: Session, project_id: int, text: str, account_id: int | None, now: datetime
) -> None:
    """Let these count from now on. They must have been read once: see ``grouping.rules``."""
    session.add(GroupingRulesRow(project_id=project_id, text=text, account_id=account_id, at=now))
