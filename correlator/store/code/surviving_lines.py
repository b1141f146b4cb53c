"""Lines that are left of a repository's commits, by what is alike in them: rows that change as few
as may be from one survey to the next."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import SurvivingRow
from correlator.types import LinesLeft


def kept_lines(session: Session, repo_id: int) -> dict[LinesLeft, tuple[int, int]]:
    """Row and number of the lines that are kept, by what is alike in them."""
    rows = session.execute(
        sa.select(SurvivingRow.__table__).where(col(SurvivingRow.repo_id) == repo_id)  # type: ignore[attr-defined]
    )
    return {_key(row): (row.id, row.lines) for row in rows}


def change_lines(
    session: Session, repo_id: int, gone: Sequence[int], new: Sequence[tuple[LinesLeft, int]]
) -> None:
    """Drop these rows and add those."""
    if gone:
        session.execute(
            sa.delete(SurvivingRow)
            .where(col(SurvivingRow.id).in_(gone))
            .execution_options(synchronize_session=False)
        )
    if new:
        rows = [{"repo_id": repo_id, **_columns(key), "lines": lines} for key, lines in new]
        session.execute(sa.insert(SurvivingRow), rows)


def _columns(key: LinesLeft) -> dict[str, Any]:
    names = {name: _joined(getattr(key, name)) for name in ("tools", "models", "teams")}
    return {**asdict(key), "directory": key.directory[:500], **names}


def _key(row: Any) -> LinesLeft:
    return LinesLeft(
        directory=row.directory,
        sha=row.sha,
        author=row.author,
        level=row.level,
        is_derived=row.is_derived,
        tools=_split(row.tools),
        models=_split(row.models),
        teams=_split(row.teams),
    )


def _joined(names: Iterable[str]) -> str:
    """Names in lines of their own, whole ones only, as many as have room."""
    kept = ""
    for name in names:
        longer = f"{kept}\n{name}" if kept else name
        if len(longer) > 1000:
            break
        kept = longer
    return kept


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
