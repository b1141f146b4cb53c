"""What git said of which revision contains which commit: never wrong again, so kept for good."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from correlator.store.tables import InsideRow
from correlator.store.upsert import insert_into

AT_ONCE = 400


def kept_inside(
    session: Session, repo_id: int, revisions: Collection[str], shas: Collection[str]
) -> dict[tuple[str, str], bool]:
    """By (revision, commit): whether it contains it, as far as that was asked before."""
    found: dict[tuple[str, str], bool] = {}
    wanted, asked = sorted(shas), sorted(revisions)
    for start in range(0, len(asked), AT_ONCE):
        there = select(InsideRow).where(
            InsideRow.repo_id == repo_id,
            col(InsideRow.revision).in_(asked[start : start + AT_ONCE]),
        )
        for at in range(0, len(wanted), AT_ONCE):
            rows = session.exec(there.where(col(InsideRow.sha).in_(wanted[at : at + AT_ONCE])))
            found |= {(row.revision, row.sha): row.contains for row in rows}
    return found


def keep_inside(session: Session, repo_id: int, told: Mapping[tuple[str, str], bool]) -> None:
    """Keep answers of git."""
    rows = [
        {"repo_id": repo_id, "revision": revision, "sha": sha, "contains": contains}
        for (revision, sha), contains in sorted(told.items())
    ]
    for at in range(0, len(rows), AT_ONCE):
        insert = insert_into(session, InsideRow).values(rows[at : at + AT_ONCE])
        session.execute(
            insert.on_conflict_do_nothing(index_elements=["repo_id", "revision", "sha"])
        )
