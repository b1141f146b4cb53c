"""Issues by who wrote the change that leads them."""

import sqlalchemy as sa
from sqlmodel import Session

from correlator.store.issues.listing import Wanted, count_issues, page_of_issues
from correlator.store.session import reading, transaction
from correlator.store.tables import JudgementRow
from correlator.store.verdicts.scored import renew
from tests.builders import (
    NOW,
    a_commit,
    a_project,
    a_repo,
    a_verdict,
    an_issue,
    sha_of,
)


def two_issues(session: Session) -> None:
    """Both suspect a person's change first and an agent's second."""
    project = a_project(session)
    repo = a_repo(session, project)
    a_commit(session, repo, "by hand", author="human")
    a_commit(session, repo, "by agent", author="ai")
    for _ in range(2):
        a_verdict(session, an_issue(session, project), repo, (("by hand", 0.6), ("by agent", 0.3)))


def says(engine: sa.Engine, said: str, of: str = "by hand") -> None:
    """Somebody's word on a suspect of the first issue."""
    with transaction(engine) as session:
        session.add(JudgementRow(issue_id=1, sha=sha_of(of), said=said, at=NOW))
        renew(session, [1])


def led_by(engine: sa.Engine, author: str) -> list[int]:
    with reading(engine) as session:
        wanted = Wanted(provenance=author)
        total, page = page_of_issues(session, wanted, NOW)
        assert total == len(page) == count_issues(session, wanted)
        return sorted(one.issue.id or 0 for one in page)


def test_who_is_ruled_out_for_one_issue_still_leads_the_other(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        two_issues(session)
    assert (led_by(engine, "human"), led_by(engine, "ai")) == ([1, 2], [])
    says(engine, "rejected")
    assert (led_by(engine, "human"), led_by(engine, "ai")) == ([2], [1])
    says(engine, "confirmed")
    assert (led_by(engine, "human"), led_by(engine, "ai")) == ([1, 2], [])


def test_with_both_ruled_out_nobody_leads(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        two_issues(session)
    says(engine, "rejected", of="by agent")
    says(engine, "rejected")
    assert (led_by(engine, "human"), led_by(engine, "ai")) == ([2], [])


def test_what_somebody_confirmed_leads_wherever_it_stands(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        two_issues(session)
    says(engine, "confirmed", of="by agent")
    assert (led_by(engine, "human"), led_by(engine, "ai")) == ([2], [1])
