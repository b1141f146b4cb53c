"""Which change is the culprit of an issue: one rule, and everybody who counts goes by it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store import cycles
from correlator.store.classes import culprits as class_culprits
from correlator.store.classes import kinds
from correlator.store.issues import past
from correlator.store.issues.listing import judgements
from correlator.store.tables import (
    IssueRow,
    JudgementRow,
    RepoRow,
    ScoredRow,
    SuspectRow,
    VerdictRow,
)
from correlator.store.verdicts import scored
from correlator.store.verdicts.answers import answered, taken_together
from correlator.store.verdicts.culprit import Suspected, culprit_of, likely_culprits, suspicions_of
from correlator.store.verdicts.suspicions import suspicions
from correlator.store.weeks.suspects import suspects_of
from tests.builders import NOW, a_commit, a_project, a_repo, a_verdict, an_issue, sha_of

LONG_AGO = NOW - timedelta(days=365)


@dataclass
class Told:
    """An issue in a repository, of whose suspects something is said."""

    session: Session
    suspects: Sequence[tuple[str, float]] = (("first", 0.6), ("second", 0.3))
    issue: IssueRow = field(init=False)
    repo: RepoRow = field(init=False)

    def __post_init__(self) -> None:
        project = a_project(self.session)
        self.repo = a_repo(self.session, project)
        self.issue = an_issue(self.session, project)
        self.judge()

    def judge(self, **given: object) -> None:
        """The verdict in force from now on."""
        self.verdict = a_verdict(self.session, self.issue, self.repo, self.suspects, **given)
        self.session.flush()

    def say(self, name: str, said: str) -> None:
        row = JudgementRow(
            issue_id=self.issue.id or 0, sha=sha_of(name), said=said, at=NOW,
            verdict_id=self.verdict.id,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()

    def culprit(self) -> Suspected | None:
        return culprit_of(self.session, self.issue.id or 0)


@pytest.fixture
def told(engine: sa.Engine) -> Told:
    return Told(Session(engine))


def named(told: Told) -> str | None:
    found = told.culprit()
    return found.sha if found else None


def test_it_is_the_likeliest_suspect_that_nobody_ruled_out(told: Told) -> None:
    assert named(told) == sha_of("first")
    told.say("first", "rejected")
    found = told.culprit()
    assert found is not None
    # Given that it is not the first, with 0.6 of all chances: 0.3 of 0.4.
    assert found.sha == sha_of("second")
    assert found.probability == pytest.approx(0.75)
    told.say("first", "taken-back")
    assert named(told) == sha_of("first")


def test_what_was_confirmed_last_is_it_and_surely(told: Told) -> None:
    told.say("first", "confirmed")
    told.say("second", "confirmed")
    found = told.culprit()
    assert found == Suspected(told.repo.id, sha_of("second"), 1.0, is_confirmed=True)
    told.say("first", "confirmed")
    assert named(told) == sha_of("first")
    told.say("first", "taken-back")
    assert named(told) == sha_of("second")


def test_a_verdict_that_names_nobody_has_none_until_somebody_confirms_one(told: Told) -> None:
    told.judge(abstained="nothing-stands-out")
    assert named(told) is None
    told.say("second", "confirmed")
    assert named(told) == sha_of("second")


def test_chances_stand_where_no_suspect_stands_out_and_fall_where_it_is_the_worlds(
    told: Told,
) -> None:
    def chances() -> list[float]:
        return [chance for _, _, chance in suspicions(told.session, LONG_AGO)[0].suspects]

    told.judge(abstained="nothing-stands-out")
    assert chances() == [0.6, 0.3]
    told.judge(abstained="looks-external")
    assert chances() == []


def who_each_names(told: Told) -> dict[str, object]:
    """The culprit of the issue as each page and step has it."""
    session, issue = told.session, told.issue
    classes = class_culprits.culprits(session, [issue]).get(issue.id or 0)
    scored.renew(session, [issue.id or 0])
    kind = kinds.culprit_of(session, issue)
    week = suspects_of(session, [issue]).get(issue.id or 0)
    (compared,) = suspicions(session, LONG_AGO)
    gate = past.culprits(session, told.repo.id or 0, [issue.project_id])
    delivery = session.execute(likely_culprits(col(IssueRow.id) == issue.id)).all()
    return {
        "classes": classes and classes.sha,
        "sums of classes": session.exec(select(ScoredRow.named_sha)).one(),
        "kinds": kind and kind[1],
        "report": week[0].sha if week else None,
        "comparison": compared.suspects[0][1] if compared.suspects else None,
        "fixes": cycles.culprit_of(session, issue)[0],
        "gate": gate[0]["culprit"] if gate else None,
        "delivery": delivery[0].sha if delivery else None,
    }


def test_all_name_the_same_one(told: Told) -> None:
    a_commit(told.session, told.repo, "first")
    assert set(who_each_names(told).values()) == {sha_of("first")}


def test_and_the_same_confirmed_one_though_a_newer_verdict_does_not_list_it(told: Told) -> None:
    told.say("second", "confirmed")
    told.suspects = (("third", 0.9),)
    told.judge()
    assert set(who_each_names(told).values()) == {sha_of("second")}


def test_a_confirmed_change_of_another_repository_stays_of_it(told: Told) -> None:
    other = a_repo(told.session, name="payments", url="https://example.org/payments.git")
    told.session.execute(
        sa.update(SuspectRow).where(col(SuspectRow.place) == 2).values(repo_id=other.id)
    )
    told.say("second", "confirmed")
    told.suspects = (("third", 0.9),)
    told.judge()
    assert cycles.culprit_of(told.session, told.issue) == (sha_of("second"), other.id)
    assert kinds.culprit_of(told.session, told.issue) == (other.id, sha_of("second"))
    ((repo_id, _, chance),) = suspicions(told.session, LONG_AGO)[0].suspects
    assert (repo_id, chance) == (other.id, 1.0)


def test_the_database_and_python_agree_whatever_was_said(engine: sa.Engine) -> None:
    dice = Random(4)
    with Session(engine) as session:
        project = a_project(session)
        repo = a_repo(session, project)
        for _ in range(120):
            issue = an_issue(session, project)
            first = dice.choice([0.9, 0.5, 0.42, 0.3])
            chances = (first, (1 - first) / 2, (1 - first) / 4)
            verdicts = []
            for names in dice.choices(["abc", "bca", "cab", "dab"], k=2):
                verdict = a_verdict(
                    session, issue, repo, list(zip(names, chances, strict=True)),
                    abstained=dice.choice([None, None, "nothing-stands-out", "looks-external"]),
                )  # fmt: skip
                one_request(session, verdict, dice.choice(["", names[1:], names[:2]]))
                verdicts.append(verdict)
            for _ in range(dice.randrange(4)):
                said = dice.choice(["confirmed", "rejected", "rejected", "taken-back"])
                session.add(
                    JudgementRow(issue_id=issue.id, sha=sha_of(dice.choice("abcd")), said=said,
                                 at=NOW, verdict_id=dice.choice(verdicts).id)
                )  # fmt: skip
            session.flush()
        every = col(IssueRow.id) > 0
        counted = suspicions_of(session, every)
        in_python = {
            (number, one.culprit.repo_id, one.culprit.sha, one.culprit.is_confirmed)
            for number, one in counted.items()
            if one.culprit is not None and one.culprit.is_likely
        }
        in_database = {
            (one.issue_id, one.repo_id, one.sha, bool(one.is_confirmed))
            for one in session.execute(likely_culprits(every))
        }
        on_pages = {number: on_its_page(session, number) for number in counted}
    assert in_database == in_python
    assert len({one[2:] for one in in_python}) == 8
    for number, one in counted.items():
        # A page leads with what its verdict lists; what was confirmed of an older one it tells of.
        page = on_pages[number]
        listed = {each.sha for each in one.suspects}
        if one.confirmed is not None and one.confirmed.sha not in listed:
            continue
        assert (page is None) == (one.culprit is None)
        if page is not None and one.culprit is not None:
            assert page[0] == one.culprit.sha
            assert page[1] == pytest.approx(one.culprit.probability)


def one_request(session: Session, verdict: VerdictRow, names: str) -> None:
    """These suspects are commits of one pull request, and the verdict is as sure as they sum to."""
    rows = session.exec(select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)).all()
    hashes = [sha_of(name) for name in names]
    for row in rows:
        row.request = 7 if row.sha in hashes else None
    first = next(row for row in rows if row.place == 1)
    verdict.confidence = sum(
        row.probability for row in rows
        if row is first or (first.request is not None and row.request == first.request)
    )  # fmt: skip
    session.flush()


def on_its_page(session: Session, issue_id: int) -> tuple[str, float] | None:
    """What the issue's page says first, and how surely."""
    verdict = session.get_one(VerdictRow, session.get_one(IssueRow, issue_id).verdict_id)
    ranked = select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)
    rows = session.exec(ranked.order_by(col(SuspectRow.place))).all()
    answer = answered(verdict, taken_together(rows, judgements(session, [issue_id])[issue_id], {}))
    if answer.lead is None or answer.confidence is None:
        return None
    return answer.lead.first.sha, answer.confidence
