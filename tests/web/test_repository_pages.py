"""The pages of a whole repository: every number leads to exactly what it was counted from."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from correlator.store.code.claims import claims_as, with_prompts, without_prompts
from correlator.store.code.standings import keep_standing
from correlator.store.tables import RepoRow, SurveyedLabelRow, SurveyedRow, SurveyRow, SurvivingRow
from correlator.types import Author, Claim, SessionRecord
from tests.builders import NOW
from tests.web.pages_site import Site
from web.code.sessions import link_of, sessions_of

SHOP = "/repositories/acme/shop"
POLICY: dict[str, Any] = {
    "path": ".correlator.toml", "revision": "a" * 40, "problem": None, "owners": "CODEOWNERS",
    "text": "", "groups": {},
    "rules": [{"name": "hands off", "kind": "untouchable", "line": 1, "words": "Not allowed."}],
    "waivers": [{"rule": "hands off", "by": "Sam", "reason": "the till is down",
                 "expires": "2020-01-01T00:00:00+00:00", "commits": [], "pull_requests": [],
                 "paths": ["/till/"]}],
}  # fmt: skip


def a_surveyed_house(session: Session) -> None:
    """Four commits of two months, lines of three of them, one ruling."""
    repo = RepoRow(name="acme/shop", url="https://git.example.org/acme/shop.git", created_at=NOW,
                   fetched_at=NOW, state="ready")  # fmt: skip
    session.add(repo)
    session.flush()
    where = repo.id or 0
    session.add(
        SurveyRow(
            repo_id=where,
            state="done",
            head="a" * 40,
            lines_head="a" * 40,
            policy=POLICY,
            finished_at=NOW,
        )
    )
    for number, (author, review, month) in enumerate(
        [
            ("ai", "machine", 1),
            ("ai", "person", 2),
            ("unknown", "untold", 2),
            ("human", "nobody", 2),
        ]
    ):
        _commit(session, where, number, {"author": author, "review": review}, month)
    body = {"deployed_at": NOW.isoformat(), "outcome": "broken", "is_brought": True,
            "environment": "production", "rulings": [
                {"rule": "hands off", "kind": "untouchable", "outcome": "broken",
                 "because": "it touches billing", "waived": None}]}  # fmt: skip
    keep_standing(session, (where, _sha(0)), body, NOW)


def _sha(number: int) -> str:
    return f"{number:040x}"


def _commit(session: Session, repo_id: int, number: int, said: dict[str, str], month: int) -> None:
    at = datetime(2026, month, 10 + number, tzinfo=UTC)
    row = SurveyedRow(
        repo_id=repo_id, sha=_sha(number), author_name="Ana", author_email="ana@example.org",
        committer_name="Ana", committer_email="ana@example.org", authored_at=at, committed_at=at,
        week=f"{at - timedelta(days=at.weekday()):%Y-%m-%d}", month=f"{at:%Y-%m}",
        message=f"Change {number}", certainty=0.9, because="a trailer says so", level="commit",
        tools=["cursor"] if said["author"] == "ai" else [], claims=[CLAIM], **said,
    )  # fmt: skip
    session.add(row)
    session.flush()
    labels = [("directory", "billing", 5)]
    labels += [("tool", "cursor", 0)] if said["author"] == "ai" else []
    for kind, value, lines in labels:
        session.add(SurveyedLabelRow(repo_id=repo_id, surveyed_id=row.id or 0, kind=kind,
                                     value=value, depth=1, lines=lines))  # fmt: skip
    session.add(
        SurvivingRow(
            repo_id=repo_id,
            directory="billing/tax",
            sha=_sha(number),
            level="commit",
            author=said["author"],
            lines=10 + number,
        )
    )


CLAIM: dict[str, Any] = {
    "author": "ai", "mechanism": "git-ai", "role": "authored", "certainty": 0.9,
    "because": "3 lines in 1 file: git-ai recorded these", "tool": "cursor", "session": "s-1",
    "recorded": {"turns": 4, "minutes": 12.5, "lines": 30, "accepted": 21, "overridden": 3,
                 "transcript": "https://transcripts.example.org/1", "prompt": None},
}  # fmt: skip


@pytest.fixture
def shop(quick_site: Site) -> Site:
    quick_site.keep(a_surveyed_house)
    return quick_site


def _twin_of(url: str) -> str:
    path, _, asked = url.partition("?")
    return f"{path}.json?{asked}"


def test_each_share_of_commits_leads_to_as_many_commits(shop: Site) -> None:
    page = shop.twin(f"{SHOP}/provenance.json")
    counts = {part["author"]: part["count"] for part in page["commits"]["parts"]}
    assert counts == {"ai": 2, "mixed": 0, "human": 1, "automation": 0, "unknown": 1}
    for part in page["commits"]["parts"]:
        assert shop.twin(_twin_of(part["url"]))["total"] == part["count"]


def test_a_list_of_commits_names_who_signed_off(shop: Site) -> None:
    signed = [{"who": "Ben <b>", "state": "counts"}, {"who": "Eve", "state": "stale"}]
    body = {"deployed_at": None, "outcome": None, "rulings": [], "sign_offs": signed}
    shop.keep(lambda session: keep_standing(session, (1, _sha(1)), body, NOW))
    rows = {one["sha"]: one for one in shop.twin(f"{SHOP}/commits.json")["commits"]}
    assert rows[_sha(1)]["signed_by"] == ["Ben <b>"]
    assert rows[_sha(0)]["signed_by"] == []
    shown = shop.text(f"{SHOP}/commits?provenance=ai")
    assert "Ben &lt;b&gt;" in shown
    assert "only a machine approved" in shown


def test_each_part_of_the_picture_over_time_leads_to_its_commits(shop: Site) -> None:
    for unit in ("month", "week"):
        drawn = shop.twin(f"{SHOP}/provenance.json?by={unit}")["over_time"]
        parts = [part for bucket in drawn["buckets"] for part in bucket["parts"]]
        assert sum(part["count"] for part in parts) == 4
        for part in parts:
            assert shop.twin(_twin_of(part["url"]))["total"] == part["count"]


def test_each_share_of_lines_leads_to_commits_that_wrote_as_many(shop: Site) -> None:
    page = shop.twin(f"{SHOP}/provenance.json?directory=billing")
    for part in page["lines"]["parts"]:
        assert (shop.twin(_twin_of(part["url"]))["lines"] or 0) == part["count"]
    assert page["lines"]["total"] == 10 + 11 + 12 + 13


def test_lines_that_no_human_wrote_and_none_but_bots_approved_are_counted_apart(
    shop: Site,
) -> None:
    page = shop.twin(f"{SHOP}/provenance.json")
    [folder] = page["folders"]
    assert (page["lines"]["unsigned"], folder["unsigned"]) == (10, 10)
    behind = shop.twin(_twin_of(folder["unsigned_url"]))
    assert [(one["sha"], one["lines"]) for one in behind["commits"]] == [(_sha(0), 10)]


def test_tools_and_directories_lead_to_their_commits(shop: Site) -> None:
    page = shop.twin(f"{SHOP}/provenance.json")
    assert [(row["name"], row["total"]) for row in page["tools"]] == [("cursor", 2)]
    assert shop.twin(_twin_of(page["tools"][0]["url"]))["total"] == 2
    assert shop.twin(_twin_of(page["folders"][0]["commits_url"]))["total"] == 4


def test_the_page_states_at_which_level_the_answers_are(shop: Site) -> None:
    text = shop.text(f"{SHOP}/provenance")
    assert "Told by records of lines" in text
    assert "unknown is never counted as human" in text


def test_the_policy_page_tells_rules_waivers_and_what_was_judged(shop: Site) -> None:
    page = shop.twin(f"{SHOP}/policy.json")
    [rule] = page["policy"]["rules"]
    assert {one["outcome"]: one["count"] for one in rule["counts"]}["broken"] == 1
    assert page["policy"]["waivers"][0]["has_expired"] is True
    assert {one["outcome"]: one["count"] for one in page["outcomes"]} == {
        "broken": 1, "cannot-tell": 0, "kept": 0, "no-rule": 0,
    }  # fmt: skip
    assert shop.twin(f"{SHOP}/policy.json?outcome=kept")["total"] == 0
    [change] = shop.twin(f"{SHOP}/policy.json?outcome=broken")["changes"]
    assert change["url"].endswith(_sha(0))


def test_a_surveyed_change_that_no_issue_mentions_has_its_page_with_the_session(
    shop: Site,
) -> None:
    text = shop.text(f"/changes/acme/shop/{_sha(0)}")
    assert "4 turns, 12.5 min" in text
    assert 'href="https://transcripts.example.org/1" rel="noreferrer noopener"' in text
    assert "21, 3" in text
    assert "Level: line" in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"fetched_at": None}, "Not fetched yet"),
        ({}, "Waiting to be surveyed"),
    ],
)
def test_a_repository_without_a_survey_says_what_it_waits_for(
    quick_site: Site, state: dict[str, Any], words: str
) -> None:
    given = {"name": "new", "url": "x", "created_at": NOW, "fetched_at": NOW, **state}
    quick_site.keep(lambda session: session.add(RepoRow(**given)))
    for page in ("provenance", "commits", "policy"):
        assert words in quick_site.text(f"/repositories/new/{page}")


def test_a_repository_that_nobody_may_see_is_not_there(shop: Site) -> None:
    assert shop.client.get("/repositories/other/provenance").status_code == 404


def test_prompts_are_stored_only_when_that_is_switched_on() -> None:
    claim = Claim(author=Author.AI, mechanism="git-ai", role="authored", certainty=0.9,
                  because="so", recorded=SessionRecord(turns=1, prompt="my secret"))  # fmt: skip
    assert "my secret" not in repr(without_prompts([claim]))
    assert without_prompts([claim])[0]["recorded"]["turns"] == 1
    assert with_prompts([claim])[0]["recorded"]["prompt"] == "my secret"
    assert claims_as(keep_prompts=False) is without_prompts
    assert "my secret" not in repr(claim)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file://c:/a.jsonl", "data:text/html,x", "https://u:p@h/", "//h/x",
     "http://[", ""],
)  # fmt: skip
def test_a_transcript_is_a_link_only_to_the_web(address: str) -> None:
    assert link_of(address) is None
    claim = {"session": "s", "recorded": {"transcript": address}}
    assert sessions_of([claim])[0]["link"] is None
