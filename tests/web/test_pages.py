"""The pages tell what the rows say, and their JSON twins say the same."""

import html
import re
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import template_rendered
from sqlalchemy import event
from sqlmodel import select

from correlator.store.session import reading, transaction
from correlator.store.tables import (
    InboxRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    SuspectRow,
    TroubleRow,
    VerdictRow,
)
from correlator.store.verdicts.scored import renew
from correlator.types import Frame, Next, Raised
from tests.builders import (
    NOW,
    a_commit,
    a_deploy,
    a_project,
    a_repo,
    a_snippet,
    a_trouble,
    a_verdict,
    a_whole_story,
    an_event,
    an_issue,
    sha_of,
    some_events,
)
from tests.web.pages_site import Site
from web.templating import percent

EVERY_PAGE = [
    "/",
    "/issues/1",
    "/issues/1/events",
    "/issues/1/users",
    f"/changes/acme/shop/{sha_of('culprit')}",
    "/deploys",
    "/projects",
    "/projects/shop",
    "/repositories",
    "/trouble",
]


def twin_of(path: str) -> str:
    """Where the JSON of a page lies."""
    return "/index.json" if path == "/" else f"{path}.json"


def a_full_house(session: Any) -> None:
    """Something on every page."""
    issue = a_whole_story(session)
    a_trouble(session, session.get_one(ProjectRow, issue.project_id))


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_is_rendered_from_the_very_dict_that_its_twin_sends(
    quick_site: Site, path: str
) -> None:
    quick_site.keep(a_full_house)
    rendered: list[Any] = []

    def note(_app: Any, template: Any, context: Any, **_more: Any) -> None:
        rendered.append(context["page"])

    with template_rendered.connected_to(note, quick_site.app):
        quick_site.text(path)
    same = orjson.loads(orjson.dumps(rendered[0], option=orjson.OPT_NON_STR_KEYS))
    assert quick_site.twin(twin_of(path)) == same


def test_every_page_answers_on_each_database(site: Site) -> None:
    site.keep(a_full_house)
    for path in EVERY_PAGE:
        assert "Correlator" in site.text(path)


def test_an_empty_installation_has_pages_that_tell_the_next_step(site: Site) -> None:
    assert "correlator project add" in site.text("/")
    assert "correlator deploy --release" in site.text("/deploys")
    assert "New project" in site.text("/projects")
    assert "correlator repo add" in site.text("/repositories")
    assert "No trouble" in site.text("/trouble")


def test_the_list_shows_the_verdict_of_each_issue_at_a_glance(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    (line,) = quick_site.twin("/index.json")["issues"]
    assert line["short"] == "SHOP-1"
    assert (line["events"], line["users"]) == (5, 3)
    assert sum(line["bars"]) == 5
    verdict = line["verdict"]
    assert (verdict["state"], verdict["confidence"]) == ("named", 0.82)
    assert verdict["lead"]["subject"] == "Price carts in one pass"
    assert verdict["lead"]["provenance"]["author"] == "ai"
    text = quick_site.text("/")
    assert "Price carts in one pass" in text
    assert "82%" in text
    assert "Mira Holt" in text


NARROWED = {
    "provenance=ai": ["SHOP-1"],
    "provenance=human": [],
    "provenance=abstained": ["SHOP-2"],
    "provenance=waiting": ["SHOP-3"],
    "search=b-7+shop@1.4.0": ["SHOP-1"],
    "search=100%25": [],
    "project=other": [],
    "environment=staging": ["SHOP-3"],
    "status=resolved": ["SHOP-4"],
    f"suspect={sha_of('second')}": ["SHOP-1"],
    "release=shop@9": ["SHOP-2"],
}


def test_the_list_is_narrowed_by_what_is_asked(site: Site) -> None:
    def build(session: Any) -> None:
        first = a_whole_story(session)
        project = session.get_one(ProjectRow, first.project_id)
        silent = an_issue(session, project, type="OSError", value="x", first_release="shop@9")
        a_verdict(session, silent, None, (), abstained="no-revision", because="nobody said")
        an_issue(session, project, type="New", value="y", first_environment="staging")
        an_issue(session, project, type="Old", value="z", status="resolved")

    site.keep(build)
    for asked, found in NARROWED.items():
        shown = site.twin(f"/index.json?{asked}")
        assert [line["short"] for line in shown["issues"]] == found, asked
        assert shown["total"] == len(found)


def test_a_suspect_that_was_ruled_out_no_longer_decides_the_provenance_filter(site: Site) -> None:
    def build(session: Any) -> None:
        issue = a_whole_story(session)
        session.add(JudgementRow(issue_id=issue.id, sha=sha_of("culprit"), said="rejected", at=NOW))
        renew(session, [issue.id or 0])

    site.keep(build)
    assert site.twin("/index.json?provenance=ai")["total"] == 0
    assert site.twin("/index.json?provenance=mixed")["total"] == 1


def test_a_long_list_is_paged(site: Site) -> None:
    def build(session: Any) -> None:
        project = a_project(session)
        for number in range(53):
            an_issue(session, project, last_seen=NOW - timedelta(minutes=number))

    site.keep(build)
    first, second = site.twin("/index.json"), site.twin("/index.json?page=2")
    assert (len(first["issues"]), len(second["issues"]), first["total"]) == (50, 3, 53)
    assert first["issues"][0]["short"] == "SHOP-1"
    assert 'rel="next"' in site.text("/")


def test_the_issue_page_names_the_change_its_author_and_why(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    text = quick_site.text("/issues/1")
    for said in ("KeyError", "Price carts in one pass", "82% sure", "Mira Holt", "Written by AI"):
        assert said in text
    for said in ("claude-opus-4-5", "because it wrote the line that raised", "shop@1.3.9"):
        assert said in text


def test_the_points_of_the_evidence_rows_sum_to_the_score(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    for suspect in quick_site.twin("/issues/1.json")["suspects"]:
        assert sum(row["points"] for row in suspect["evidence"]) == pytest.approx(suspect["score"])


def test_a_rejected_suspect_makes_room_for_the_next_and_its_chance_given_that(
    quick_site: Site,
) -> None:
    quick_site.keep(a_whole_story)
    answer = quick_site.post(
        "/issues/1/judgement", {"sha": sha_of("culprit"), "said": "rejected"}, "/issues/1"
    )
    assert answer.status_code == 303
    shown = quick_site.twin("/issues/1.json")
    assert shown["verdict"]["lead"]["sha"] == sha_of("second")
    assert shown["verdict"]["confidence"] == pytest.approx(0.11 / 0.18)
    assert shown["judgements"][0]["by"] == "ana@example.org"
    assert "Next suspect, after 1 ruled out" in quick_site.text("/issues/1")


def test_a_word_can_be_taken_back_and_every_word_is_kept(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    for said in ("rejected", "taken-back"):
        quick_site.post(
            "/issues/1/judgement", {"sha": sha_of("culprit"), "said": said}, "/issues/1"
        )
    assert quick_site.twin("/issues/1.json")["verdict"]["lead"]["sha"] == sha_of("culprit")
    with reading(quick_site.world.engine) as session:
        assert [row.said for row in session.exec(select(JudgementRow))] == [
            "rejected",
            "taken-back",
        ]


def test_a_confirmed_suspect_leads_even_when_the_verdict_abstained(quick_site: Site) -> None:
    def build(session: Any) -> None:
        issue = a_whole_story(session)
        verdict = session.get_one(VerdictRow, issue.verdict_id)
        verdict.abstained = "nothing-stands-out"

    quick_site.keep(build)
    assert quick_site.twin("/issues/1.json")["verdict"]["state"] == "abstained"
    quick_site.post(
        "/issues/1/judgement", {"sha": sha_of("second"), "said": "confirmed"}, "/issues/1"
    )
    verdict = quick_site.twin("/issues/1.json")["verdict"]
    assert (verdict["state"], verdict["lead"]["sha"]) == ("named", sha_of("second"))


def test_when_all_are_ruled_out_the_page_says_so(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    for name in ("culprit", "second"):
        given = {"sha": sha_of(name), "said": "rejected"}
        quick_site.post("/issues/1/judgement", given, "/issues/1")
    assert "All suspects are ruled out" in quick_site.text("/issues/1")


def test_only_a_suspect_of_the_issue_can_be_judged(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    for sha, said, status in ((sha_of("else"), "rejected", 404), (sha_of("culprit"), "liked", 400)):
        answer = quick_site.post("/issues/1/judgement", {"sha": sha, "said": said}, "/issues/1")
        assert answer.status_code == status


def test_rolling_back_is_advised_only_where_the_deploy_before_lacks_the_change(
    quick_site: Site,
) -> None:
    def outside_the_range(session: Any) -> None:
        for row in session.exec(select(SuspectRow)):
            row.in_range = False

    quick_site.keep(a_whole_story)
    advice = quick_site.twin("/issues/1.json")["rollback"]
    assert (advice["release"], advice["later_deploys"]) == ("shop@1.3.9", 0)
    assert "does not contain this change" in quick_site.text("/issues/1")
    quick_site.keep(outside_the_range)
    assert quick_site.twin("/issues/1.json")["rollback"] is None
    assert "Rolling back would not remove it" in quick_site.text("/issues/1")


def test_rolling_back_counts_the_later_deploys_that_it_would_undo(quick_site: Site) -> None:
    def build(session: Any) -> None:
        issue = a_whole_story(session)
        project = session.get_one(ProjectRow, issue.project_id)
        a_deploy(session, project, release="shop@1.4.1", at=NOW - timedelta(minutes=2))

    quick_site.keep(build)
    assert "also undoes 1 later deploy" in quick_site.text("/issues/1")


def test_the_gutter_says_who_wrote_each_run_of_lines_and_marks_the_crash(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    (snippet,) = quick_site.twin("/issues/1.json")["snippets"]
    lines = {line["number"]: line for line in snippet["lines"]}
    assert [number for number, line in lines.items() if line["crash"]] == [18]
    assert [number for number, line in lines.items() if line["starts_run"]] == [11, 14, 19, 22]
    assert lines[18]["provenance"]["author"] == "ai"
    assert lines[18]["suspect"] == 1
    assert lines[22]["provenance"] is None
    text = quick_site.text("/issues/1")
    assert sha_of("culprit")[:7] in text
    assert 'class="t-k"' in text


def test_a_record_of_the_line_itself_wins_over_its_commit_and_says_so(quick_site: Site) -> None:
    def build(session: Any) -> None:
        issue = a_whole_story(session)
        snippet = a_snippet()
        own = {"author": "human", "tool": None, "model": None, "because": "a note", "level": "line"}
        snippet["lines"][7]["provenance"] = own
        session.get_one(VerdictRow, issue.verdict_id).snippets = [snippet]

    quick_site.keep(build)
    line = quick_site.twin("/issues/1.json")["snippets"][0]["lines"][7]
    assert (line["provenance"]["author"], line["provenance"]["level"]) == ("human", "line")
    assert "a record of this very line" in quick_site.text("/issues/1")


def test_frames_locals_and_the_event_around_them_are_there(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    (raised,) = quick_site.twin("/issues/1.json")["exceptions"]
    assert [frame["function"] for frame in raised["frames"]] == [
        "price",
        "checkout",
        "dispatch_request",
    ]
    text = re.sub(r"<[^>]+>", "", quick_site.text("/issues/1"))
    for said in ("sku", "total = price(cart)", "eu-1", "SELECT rate FROM rates", "flask", "3.1.2"):
        assert said in text


def test_without_blame_the_lines_that_the_sdk_sent_are_shown(quick_site: Site) -> None:
    def build(session: Any) -> None:
        issue = an_issue(session, a_project(session))
        some_events(session, issue)
        a_verdict(session, issue, None, (), abstained="no-repository", because="None is known.")

    quick_site.keep(build)
    text = quick_site.text("/issues/1")
    assert "As the SDK sent it" in text
    assert "correlator repo add shop" in text


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no-revision", "--release shop@1.4.0 --environment production"),
        ("no-repository", "correlator repo add shop"),
        ("repository-unavailable", "Open repositories"),
        ("looks-external", "before rolling back"),
        ("no-frames", "attach_stacktrace"),
        ("a-reason-of-tomorrow", "A reason of tomorrow"),
    ],
)
def test_an_abstention_says_why_and_what_to_do_next(
    quick_site: Site, reason: str, said: str
) -> None:
    def build(session: Any) -> None:
        issue = an_issue(session, a_project(session))
        some_events(session, issue)
        a_verdict(session, issue, None, (), abstained=reason, because="That is why.")

    quick_site.keep(build)
    text = quick_site.text("/issues/1")
    assert said in text
    assert "That is why." in text


def test_an_issue_without_a_verdict_says_that_it_waits_and_refreshes_itself(
    quick_site: Site,
) -> None:
    quick_site.keep(lambda session: an_issue(session, a_project(session), wants_verdict=True))
    text = quick_site.text("/issues/1")
    assert "Looking for the change" in text
    assert "data-live" in text
    assert "came without a stack trace" in text


def test_the_time_line_counts_every_event_and_marks_the_deploy_it_began_in(site: Site) -> None:
    site.keep(a_whole_story)
    line = site.twin("/issues/1.json")["time_line"]
    assert sum(bar["events"] for bar in line["bars"]) == 5
    assert [deploy["release"] for deploy in line["deploys"] if deploy["began"]] == ["shop@1.4.0"]


def test_another_event_of_the_issue_can_be_looked_at(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    first = quick_site.twin("/issues/1.json")["event"]
    assert first["is_verdicts"]
    assert first["older"] is None
    second = quick_site.twin(first["newer"].replace("/issues/1", "/issues/1.json"))["event"]
    assert not second["is_verdicts"]
    assert second["older"] == first["url"]


def test_each_number_leads_to_what_it_was_counted_from(site: Site) -> None:
    site.keep(a_whole_story)
    issue = site.twin("/issues/1.json")["issue"]
    assert len(site.twin("/issues/1/events.json")["events"]) == issue["events"]
    users = site.twin("/issues/1/users.json")["users"]
    assert len(users) == issue["users"]
    for user in users:
        address = user["url"].replace("/events", "/events.json")
        assert site.twin(address)["total"] == user["events"]
    for deploy in site.twin("/deploys.json")["deploys"]:
        found = site.twin(deploy["issues_url"].replace("/?", "/index.json?"))
        assert found["total"] == deploy["issues"]


def test_the_change_page_shows_every_claim_and_where_the_change_is_suspected(
    quick_site: Site,
) -> None:
    quick_site.keep(a_whole_story)
    shown = quick_site.twin(f"/changes/acme/shop/{sha_of('culprit')}.json")
    assert shown["claims"][0]["mechanism"] == "trailers"
    assert [issue["short"] for issue in shown["issues"]] == ["SHOP-1"]
    text = quick_site.text(f"/changes/acme/shop/{sha_of('culprit')[:8]}")
    assert "Saves a query per line." in text


def test_a_change_that_no_claim_speaks_of_is_unknown_not_human(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    text = quick_site.text(f"/changes/acme/shop/{sha_of('unknown')}")
    assert "That means unknown, not human." in text


def test_a_project_page_gives_the_dsn_and_the_webhook(quick_site: Site) -> None:
    quick_site.keep(a_project)
    shown = quick_site.twin("/projects/shop.json")
    assert shown["dsn"].startswith("http://")
    assert shown["dsn"].endswith("/1")
    assert shown["webhook"].endswith("/hooks/sentry/shop")
    text = quick_site.text("/projects/shop")
    assert shown["dsn"] in text
    assert "sentry_sdk.init" in text


def test_a_project_can_be_made_on_the_page(quick_site: Site) -> None:
    answer = quick_site.post("/projects", {"name": "Billing"}, "/projects")
    assert answer.headers["Location"].endswith("/projects/billing")
    refused = quick_site.post("/projects", {"name": "no such name!"}, "/projects")
    assert refused.status_code == 303
    assert "lower-case letters" in quick_site.text("/projects")


def test_a_repository_shows_its_problem_and_never_a_secret(quick_site: Site) -> None:
    quick_site.keep(
        lambda session: a_repo(
            session,
            url="https://ana:s3cret@git.example.org/x.git?token=s3cret",
            credential="key-of-x",
            state="unavailable",
            problem="It could not be read.",
        )
    )
    for text in (quick_site.text("/repositories"), str(quick_site.twin("/repositories.json"))):
        assert "It could not be read." in text
        assert "s3cret" not in text
        assert "key-of-x" not in text


def test_replaying_trouble_puts_it_back_and_wakes_a_worker(quick_site: Site) -> None:
    def build(session: Any) -> None:
        issue = a_whole_story(session)
        project = session.get_one(ProjectRow, issue.project_id)
        a_trouble(session, project, step="investigate", subject_id=issue.id, body=None)

    quick_site.keep(build)
    assert "The envelope ends" in quick_site.text("/trouble")
    answer = quick_site.post("/trouble/1/replay", {}, "/trouble")
    assert answer.status_code == 303
    assert quick_site.woken == [Next("investigate", (1,))]
    with reading(quick_site.world.engine) as session:
        assert session.get_one(IssueRow, 1).wants_verdict
        assert session.get_one(TroubleRow, 1).resolved_at is None


def test_an_inbox_that_grows_old_is_announced_on_every_page(quick_site: Site) -> None:
    def build(session: Any, age: timedelta) -> None:
        project = a_project(session, f"p{age.seconds}")
        session.add(
            InboxRow(project_id=project.id, source="s", delivery="d", received_at=NOW - age)
        )

    quick_site.keep(lambda session: build(session, timedelta(seconds=50)))
    assert "min behind" not in quick_site.text("/deploys")
    quick_site.keep(lambda session: build(session, timedelta(minutes=7)))
    with transaction(quick_site.world.engine) as session:
        session.get_one(InboxRow, 1).state = "done"
    assert "7 min behind" in quick_site.text("/deploys")


def test_an_issue_can_be_resolved_and_opened_again(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    quick_site.post("/issues/1/status", {"status": "resolved"}, "/issues/1")
    assert quick_site.twin("/index.json")["total"] == 0
    quick_site.post("/issues/1/status", {"status": "open"}, "/issues/1")
    assert quick_site.twin("/index.json")["total"] == 1


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202eevil\x00\x1b[31m"


def test_hostile_text_is_shown_and_never_run(quick_site: Site) -> None:
    def build(session: Any) -> None:
        project = a_project(session)
        repo = a_repo(session, project)
        a_commit(session, repo, "culprit", message=HOSTILE, author_name=HOSTILE, because=HOSTILE,
                 tools=[HOSTILE], models=[HOSTILE])  # fmt: skip
        a_deploy(session, project, actor=HOSTILE, url="javascript:alert(1)", release=HOSTILE)
        issue = an_issue(session, project, type=HOSTILE, value=HOSTILE * 10, culprit_frame=HOSTILE)
        sent = an_event(tags={HOSTILE: HOSTILE}, extra={HOSTILE: {HOSTILE: [HOSTILE]}})
        some_events(session, issue, sent)
        snippet = a_snippet(("culprit",) * 3)
        snippet["lines"][3]["text"] = HOSTILE
        a_verdict(session, issue, repo, (("culprit", 0.9),), because=HOSTILE, snippets=[snippet])
        a_trouble(session, project, reason=HOSTILE)

    quick_site.keep(build)
    for path in ("/", "/issues/1", f"/changes/acme/shop/{sha_of('culprit')}", "/deploys",
                 "/trouble", "/issues/1/events"):  # fmt: skip
        text = quick_site.text(path)
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "javascript:" not in text
        assert not {"\x1b", "\u202e", "\x00"} & set(text)


def test_what_is_not_there_is_a_page_and_a_json_answer(quick_site: Site) -> None:
    answer = quick_site.client.get("/issues/99")
    assert answer.status_code == 404
    assert "There is no such issue" in answer.text
    twin = quick_site.client.get("/issues/99.json")
    assert (twin.status_code, twin.mimetype) == (404, "application/json")


def test_a_page_asks_the_database_a_fixed_number_of_times(quick_site: Site) -> None:
    def statements(path: str) -> int:
        seen: list[str] = []

        def note(_c: Any, _x: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        event.listen(quick_site.world.engine, "before_cursor_execute", note)
        quick_site.text(path)
        event.remove(quick_site.world.engine, "before_cursor_execute", note)
        return len(seen)

    quick_site.keep(a_whole_story)
    few = statements("/")

    def more(session: Any) -> None:
        project = session.get_one(ProjectRow, 1)
        repo = session.get_one(type(a_repo(session, name="other")), 1)
        for _ in range(20):
            issue = an_issue(session, project)
            some_events(session, issue)
            a_verdict(session, issue, repo)

    quick_site.keep(more)
    assert statements("/") == few
    assert statements("/issues/1") < 40


def test_many_library_frames_in_a_row_are_one_line_to_open(quick_site: Site) -> None:
    frames = [Frame(filename=f"lib/{n}.py", function=f"inner{n}", in_app=False) for n in range(5)]
    own = Frame(filename="shop/cart.py", function="price", in_app=True)

    def build(session: Any) -> None:
        issue = an_issue(session, a_project(session))
        raised = Raised(type="KeyError", value="x", frames=(own, *frames, own))
        some_events(session, issue, an_event(exceptions=(raised,)))

    quick_site.keep(build)
    assert "5 library frames, inner4 to inner0" in quick_site.text("/issues/1")


def test_a_verdict_that_abstains_shows_scores_and_no_chances(quick_site: Site) -> None:
    def build(session: Any) -> None:
        issue = a_whole_story(session)
        session.get_one(VerdictRow, issue.verdict_id).abstained = "looks-external"

    quick_site.keep(build)
    text = quick_site.text("/issues/1")
    assert "If it is the code after all" in text
    assert "82%" not in text
    assert "+4.25" in text


@pytest.mark.parametrize(
    ("chance", "said"), [(None, "–"), (0.004, "<1%"), (0.5, "50%"), (0.997, ">99%"), (1.0, "100%")]
)
def test_a_chance_is_never_rounded_into_certainty(chance: float | None, said: str) -> None:
    assert percent(chance) == said


def test_odd_addresses_are_refused_and_never_a_defect(site: Site) -> None:
    for path, status in {
        "/issues/99999999999999999999999": 404,
        "/issues/9223372036854775807": 404,
        "/issues/1?event=" + "9" * 18: 404,
        "/?search=%00": 400,
        "/projects/%00": 400,
        "/?page=99999999999": 200,
        "/?page=999999": 200,
        "/?search=%ff%25_'\"": 200,
        "/changes/../../etc/passwd/abcdef12": 404,
        "/projects/..%2f..": 404,
    }.items():
        assert site.client.get(path).status_code == status, path


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_leads_to_its_json(quick_site: Site, path: str) -> None:
    quick_site.keep(a_full_house)
    asked = "?page=1&_scheme=javascript&_external=1"
    twin = re.search(r'<footer class="foot"><a href="([^"]+)"', quick_site.text(path + asked))
    assert twin
    assert twin[1].startswith("/")
    assert isinstance(quick_site.twin(html.unescape(twin[1])), dict)
