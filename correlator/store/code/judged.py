"""Deployed changes and what the policy said of them: counts, and the list behind each."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from correlator.store.tables import RulingRow, StandingRow, SurveyedRow

PAGE = 50
NO_RULE = "no-rule"
OUTCOMES = ("broken", "cannot-tell", "kept", NO_RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRulings:
    """Which deployed changes; each empty field means all. With a rule, the outcome is the rule's,
    else the worst of all rules."""

    outcome: str = ""
    rule: str = ""
    page: int = 1


def outcome_counts(session: Session, repo_id: int) -> dict[str, int]:
    """Deployed changes by the worst that a rule said of them; ``no-rule``: none spoke of it."""
    spoken = _has_rulings()
    outcome = sa.case((spoken, col(StandingRow.outcome)), else_=NO_RULE)
    counted = sa.select(outcome, sa.func.count()).where(*_deployed(repo_id)).group_by(outcome)
    found = {str(name): int(count) for name, count in session.execute(counted)}
    return {name: found.get(name, 0) for name in OUTCOMES}


def rule_counts(session: Session, repo_id: int) -> dict[str, dict[str, int]]:
    """Of each rule: how many changes it found kept, broken or could not tell; ``waived`` counts
    those of the kept that a waiver excused."""
    names = (col(RulingRow.rule), col(RulingRow.outcome), col(RulingRow.is_waived))
    counted = sa.select(*names, sa.func.count()).where(col(RulingRow.repo_id) == repo_id)
    found: dict[str, dict[str, int]] = {}
    for rule, outcome, is_waived, count in session.execute(counted.group_by(*names)):
        counts = found.setdefault(rule, dict.fromkeys((*OUTCOMES[:3], "waived"), 0))
        counts[outcome] = counts.get(outcome, 0) + int(count)
        counts["waived"] += int(count) if is_waived else 0
    return found


def changes(
    session: Session, repo_id: int, wanted: WantedRulings
) -> tuple[int, list[tuple[StandingRow, SurveyedRow | None]]]:
    """How many deployed changes are so, and one page of them, the newest deployed first."""
    where = [*_deployed(repo_id), *_where(wanted)]
    total = session.execute(sa.select(sa.func.count()).where(*where)).scalar_one()
    listed = (
        sa.select(StandingRow, SurveyedRow)
        .outerjoin(
            SurveyedRow,
            sa.and_(
                col(SurveyedRow.repo_id) == col(StandingRow.repo_id),
                col(SurveyedRow.sha) == col(StandingRow.sha),
            ),
        )
        .where(*where)
        .order_by(col(StandingRow.deployed_at).desc(), col(StandingRow.id).desc())
        .limit(PAGE)
        .offset((wanted.page - 1) * PAGE)
    )
    return int(total), [(row[0], row[1]) for row in session.execute(listed)]


def _deployed(repo_id: int) -> list[ColumnElement[bool]]:
    return [col(StandingRow.repo_id) == repo_id, col(StandingRow.is_brought).is_(True)]


def _has_rulings() -> ColumnElement[bool]:
    return sa.exists().where(col(RulingRow.standing_id) == col(StandingRow.id))


def _where(wanted: WantedRulings) -> list[ColumnElement[bool]]:
    if wanted.rule:
        spoken = sa.select(col(RulingRow.standing_id)).where(col(RulingRow.rule) == wanted.rule)
        if wanted.outcome == "waived":
            spoken = spoken.where(col(RulingRow.is_waived).is_(True))
        elif wanted.outcome:
            spoken = spoken.where(col(RulingRow.outcome) == wanted.outcome)
        return [col(StandingRow.id).in_(spoken)]
    if wanted.outcome == NO_RULE:
        return [sa.not_(_has_rulings())]
    if wanted.outcome:
        return [col(StandingRow.outcome) == wanted.outcome, _has_rulings()]
    return []
