"""The scorecard: how right the judged verdicts were, and every number leads to its issues."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlmodel import Session, select

from correlator.cli import cli
from correlator.steps import drain
from correlator.store.code.repos import remove_repo
from correlator.store.tables import (
    IssueRow,
    JudgementRow,
    LabelRow,
    ProjectRow,
    RepoRow,
    ScoredRow,
    SuspectRow,
    TrainingRow,
)
from correlator.store.verdicts import scored
from correlator.store.verdicts.trainings import keep_training
from correlator.types import Next
from tests.builders import (
    NOW,
    a_commit,
    a_project,
    a_repo,
    a_verdict,
    a_whole_story,
    an_issue,
    sha_of,
)
from tests.web.pages_site import Site

COUNTED = ("verdicts", "named", "judged", "right", "wrong")


def some_verdicts(session: Session) -> None:
    """Five issues: named and right, named and wrong twice, named and unjudged, abstaining."""
    a_whole_story(session)
    project = session.get_one(ProjectRow, 1)
    repo = session.get_one(RepoRow, 1)
    for number in range(4):
        issue = an_issue(session, project)
        abstained = "nothing-stands-out" if number == 3 else None
        a_verdict(session, issue, repo, abstained=abstained, weights="v2")
    words = [(1, "culprit", "confirmed"), (2, "culprit", "rejected"), (3, "second", "confirmed")]
    for issue_id, name, said in words:
        verdict_id = session.get_one(IssueRow, issue_id).verdict_id
        given = {"sha": sha_of(name), "said": said, "at": NOW, "verdict_id": verdict_id}
        session.add(JudgementRow(issue_id=issue_id, **given))
    scored.renew(session, {issue_id for issue_id, _, _ in words})


def numbers(told: Any) -> list[tuple[int, str]]:
    """Every number of the twin that says what it was counted from."""
    if isinstance(told, list):
        return [pair for one in told for pair in numbers(one)]
    if not isinstance(told, dict):
        return []
    own = [(told["count"], told["url"])] if "count" in told and "url" in told else []
    return own + [pair for one in told.values() for pair in numbers(one)]


def test_without_verdicts_it_says_what_will_be_here(quick_site: Site) -> None:
    quick_site.keep(a_project)
    assert "No verdicts yet" in quick_site.text("/scorecard")


def test_without_judgements_it_says_how_to_judge(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    text = quick_site.text("/scorecard")
    assert "Nobody has judged a named culprit yet" in text
    assert "<kbd>x</kbd>" in text


def test_it_counts_what_was_named_judged_right_and_wrong(site: Site) -> None:
    site.keep(some_verdicts)
    told = site.twin("/scorecard.json")
    counts = {
        name: told[name]["count"] for name in ("verdicts", "named", "judged", "right", "wrong")
    }
    assert counts == {"verdicts": 5, "named": 4, "judged": 3, "right": 1, "wrong": 2}
    assert told["right"]["share"] == pytest.approx(1 / 3)
    assert (round(told["right"]["low"], 2), round(told["right"]["high"], 2)) == (0.06, 0.79)
    assert told["brier"] == pytest.approx((0.18**2 + 2 * 0.82**2) / 3)
    assert [row["value"] for row in told["by_weights"]] == ["v1", "v2"]
    assert [row["value"] for row in told["by_source"]] == ["judgement"]


def test_every_number_leads_to_a_list_of_the_same_length(quick_site: Site) -> None:
    quick_site.keep(some_verdicts)
    found = numbers(quick_site.twin("/scorecard.json"))
    assert len(found) > 15
    for count, url in found:
        listed = quick_site.twin(url.replace("/scorecard/issues", "/scorecard/issues.json"))
        assert (listed["total"], len(listed["issues"])) == (count, count), url


def test_it_says_plainly_that_only_judged_verdicts_count(quick_site: Site) -> None:
    quick_site.keep(some_verdicts)
    text = quick_site.text("/scorecard")
    assert "1 of 4 named culprits were judged by nobody" in text
    assert '<svg class="reliability"' in text


def test_a_word_counts_at_once_and_so_does_taking_it_back(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    for said, right, wrong in (("confirmed", 1, 0), ("rejected", 0, 1), ("taken-back", 0, 0)):
        given = {"sha": sha_of("culprit"), "said": said}
        quick_site.post("/issues/1/judgement", given, "/issues/1")
        told = quick_site.twin("/scorecard.json")
        assert (told["right"]["count"], told["wrong"]["count"]) == (right, wrong), said
        assert told["verdicts"]["count"] == 1


def test_a_verdict_that_was_judged_stays_on_the_card_when_another_comes_into_force(
    quick_site: Site,
) -> None:
    def another(session: Session) -> None:
        issue, repo = session.get_one(IssueRow, 1), session.get_one(RepoRow, 1)
        a_verdict(session, issue, repo, weights="v2")

    quick_site.keep(a_whole_story)
    given = {"sha": sha_of("culprit"), "said": "confirmed"}
    quick_site.post("/issues/1/judgement", given, "/issues/1")
    quick_site.keep(another)
    assert [row["value"] for row in quick_site.twin("/scorecard.json")["by_weights"]] == ["v1"]
    given["said"] = "taken-back"
    quick_site.post("/issues/1/judgement", given, "/issues/1")
    assert [row["value"] for row in quick_site.twin("/scorecard.json")["by_weights"]] == ["v2"]


def test_what_was_said_before_outcomes_were_kept_is_made_up_for(
    quick_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_before(session: Session) -> None:
        some_verdicts(session)
        session.execute(sa.delete(ScoredRow))

    quick_site.keep(as_before)
    assert "What was said of 3 issues is not counted yet" in quick_site.text("/scorecard")
    assert quick_site.twin("/scorecard.json")["judged"]["count"] == 0
    settings = quick_site.world.settings
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", settings.database_url)
    assert "of 3 issues" in CliRunner().invoke(cli, ["scorecard"]).output
    drain(quick_site.world, Next("sweep"))
    told = quick_site.twin("/scorecard.json")
    assert (told["judged"]["count"], told["behind"]["count"]) == (3, 0)


def test_stated_and_found_are_shown_side_by_side(quick_site: Site) -> None:
    quick_site.keep(some_verdicts)
    (mark,) = quick_site.twin("/scorecard.json")["picture"]
    assert (mark["stated"], mark["judged"]) == (pytest.approx(0.82), 3)
    assert mark["top"] < mark["y"] < mark["bottom"]


def test_what_trainings_came_to_is_listed(quick_site: Site) -> None:
    row = TrainingRow(at=NOW, version="v1+1", parent="v1", in_use="v1", outcome="kept",
                      because="3 labelled issues are too few", cases=3)  # fmt: skip
    quick_site.keep(some_verdicts)
    quick_site.keep(lambda session: keep_training(session, row))
    assert "3 labelled issues are too few" in quick_site.text("/scorecard")


def test_the_command_says_the_same_and_whether_there_is_anything_to_say(
    quick_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = quick_site.world.settings
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", settings.database_url)
    assert CliRunner().invoke(cli, ["scorecard"]).exit_code == 1
    quick_site.keep(some_verdicts)
    plain = CliRunner().invoke(cli, ["scorecard"])
    assert plain.exit_code == 0
    assert "3 of these were judged: 1 right, 2 wrong" in plain.output
    told = json.loads(CliRunner().invoke(cli, ["scorecard", "--json"]).output)
    assert told["right"]["count"] == 1
    assert told["right"]["filters"] == {"named": "yes", "outcome": "right"}


def test_commits_of_a_pull_request_are_judged_together_and_their_scores_kept_apart(
    quick_site: Site,
) -> None:
    def one_request(session: Session) -> None:
        a_whole_story(session)
        for row in session.exec(select(SuspectRow)):
            row.request, row.request_title = 12, "Price carts"
            row.request_url = "https://example.org/pull/12"

    quick_site.keep(one_request)
    (suspect,) = quick_site.twin("/issues/1.json")["suspects"]
    assert suspect["probability"] == pytest.approx(0.93)
    assert [part["probability"] for part in suspect["parts"]] == [0.82, 0.11]
    for part in suspect["parts"]:
        assert part["score"] == pytest.approx(sum(row["points"] for row in part["evidence"]))
    text = quick_site.text("/issues/1")
    assert '<a href="https://example.org/pull/12" rel="noreferrer">#12</a>' in text
    both = {"sha": [sha_of("culprit"), sha_of("second")], "said": "rejected"}
    quick_site.post("/issues/1/judgement", both, "/issues/1")
    assert "None of these" in quick_site.text("/issues/1")
    assert quick_site.twin("/scorecard.json")["wrong"]["count"] == 1


def test_a_suspect_of_another_service_is_shown_with_service_and_repository(
    quick_site: Site,
) -> None:
    def foreign(session: Session) -> None:
        a_whole_story(session)
        repo = a_repo(session, name="acme/billing", url="https://git.example.org/acme/billing.git")
        a_commit(session, repo, "renamed", message="Amounts, not totals")
        first = session.exec(select(SuspectRow).where(SuspectRow.place == 1)).one()
        first.sha, first.repo_id, first.service = sha_of("renamed"), repo.id, "billing"
        first.in_range = False

    quick_site.keep(foreign)
    lead = quick_site.twin("/issues/1.json")["verdict"]["lead"]
    assert (lead["subject"], lead["service"], lead["repository"]) == (
        "Amounts, not totals", "billing", "acme/billing",
    )  # fmt: skip
    assert "Rolling back shop would not remove it" in quick_site.text("/issues/1")
    assert "Amounts, not totals" in quick_site.text("/")
    (listed,) = quick_site.twin(f"/changes/acme/billing/{sha_of('renamed')}.json")["issues"]
    assert listed["id"] == 1


def test_what_the_history_of_a_removed_repository_said_counts_no_longer(quick_site: Site) -> None:
    def reverted(session: Session) -> None:
        issue = a_whole_story(session)
        word = {"verdict_id": issue.verdict_id, "source": "revert", "strength": 0.9, "because": ""}
        session.add(LabelRow(issue_id=issue.id, repo_id=1, sha=sha_of("culprit"), at=NOW, **word))
        scored.renew(session, {issue.id or 0})

    quick_site.keep(reverted)
    assert quick_site.twin("/scorecard.json")["right"]["count"] == 1
    quick_site.keep(lambda session: remove_repo(session, 1))
    drain(quick_site.world, Next("score"))
    assert quick_site.twin("/scorecard.json")["right"]["count"] == 0
