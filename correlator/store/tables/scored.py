"""What became of verdicts that were spoken of."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, row_id, to


class ScoredRow(SQLModel, table=True):
    """What the words about an issue's suspects come to: a row for each issue of which anything was
    said. Written with the word itself, and again when another verdict comes into force.

    ``verdict_id``: the verdict that was judged; None, while no word stands: the one in force.
    ``outcome``: right, wrong or open; ``source``: where the word came from that decided.
    ``named_…``: the change that is named for the issue now, None where none is."""

    __tablename__ = "scored"
    __table_args__ = (sa.UniqueConstraint("issue_id"),)
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    verdict_id: int | None = Field(default=None, sa_type=BIG, nullable=True)
    outcome: str = Field(max_length=10)
    source: str = Field(default="", max_length=20)
    named_repo_id: int | None = Field(default=None, sa_type=BIG, nullable=True)
    named_sha: str | None = Field(default=None, max_length=64)
