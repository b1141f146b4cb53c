"""What people decided about an issue as a whole, kept so that a week can tell of it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import maybe_to, row_id, to


class StatusRow(SQLModel, table=True):
    """Somebody resolved or reopened an issue. Append-only; the issue has the one in force."""

    __tablename__ = "issue_status"
    id: int | None = row_id()
    issue_id: int = to("issue.id")
    status: str = Field(max_length=20)
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime = Field(index=True)
