"""Weekly reports on the pages: every number leads to exactly what it was counted from."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from correlator.errors import Permanent
from correlator.steps import drain
from correlator.store.session import reading, transaction
from correlator.store.tables import EventRow, IssueRow, ReportPlanRow, ReportRow
from correlator.store.weeks import reports
from correlator.types import Next
from correlator.world import World
from tests import weeks
from tests.web.pages_site import Site

FORM = {
    "name": "shop", "weekday": "1", "hour": "8", "zone": "UTC", "environment": "production",
    "project": "", "services": "", "recipients": "",
}  # fmt: skip


def at(world: World, now: datetime) -> World:
    return replace(world, now=lambda: now)


def kept(site: Site, rows: Callable[[Session], None]) -> str:
    """The address of the report of week 47 over these rows, made as beat makes it."""
    site.keep(rows)
    early = at(site.world, weeks.SUNDAY)
    with transaction(early.engine) as session:
        reports.keep_plan(session, "shop", _fields(), weeks.MONDAY)
    drain(at(site.world, weeks.AFTER), Next("report"))
    with reading(site.world.engine) as session:
        found = session.exec(select(ReportRow)).one()
    return f"/reports/{found.id}"


def _fields(**given: Any) -> dict[str, Any]:
    return {
        "zone": "UTC", "weekday": 1, "hour": 8, "environment": "production", "services": [],
        "recipients": [], **given,
    }  # fmt: skip


def figures(told: Any) -> list[dict[str, Any]]:
    """Every number of the twin."""
    if isinstance(told, list):
        return [one for part in told for one in figures(part)]
    if not isinstance(told, dict):
        return []
    own = [told] if "listing" in told else []
    return own + [one for part in told.values() for one in figures(part)]


def twin_of(address: str) -> str:
    path, _, query = address.partition("?")
    return f"{path}.json?{query}"


@pytest.mark.parametrize("rows", [weeks.first_week, weeks.bad_week, weeks.quiet_week])
def test_every_number_of_a_kept_report_leads_to_what_it_was_counted_from(
    site: Site, rows: Callable[[Session], None]
) -> None:
    follow_all(site, kept(site, rows))


@pytest.mark.parametrize("rows", [weeks.first_week, weeks.bad_week, weeks.quiet_week])
def test_every_number_of_a_preview_leads_to_what_it_was_counted_from(
    quick_site: Site, rows: Callable[[Session], None]
) -> None:
    quick_site.keep(rows)
    follow_all(quick_site, "/reports/preview?week=2026-W47&environment=production")


def follow_all(site: Site, address: str) -> None:
    shown = site.twin(twin_of(address))
    found = figures(shown)
    assert len(found) >= 5
    lists: dict[str, Any] = {}
    for one in found:
        url = one["url"]
        lists.setdefault(url, site.twin(twin_of(url)))
        listed = lists[url]
        assert listed["total"] == len(listed["items"])
        number = listed["total"] if one["measure"] == "rows" else listed[one["measure"]]
        assert number == one["value"], one
    for listed in lists.values():
        for item in listed["items"]:
            assert site.client.get(item["url"]).status_code == 200, item


def test_the_events_of_an_issue_are_those_that_its_rows_say(quick_site: Site) -> None:
    address = kept(quick_site, weeks.bad_week)
    listed = quick_site.twin(f"{address}/lists/issues.json")
    with reading(quick_site.world.engine) as session:
        for item in listed["items"]:
            issue_id = int(item["url"].rpartition("/")[2])
            events = session.exec(
                select(EventRow).where(
                    EventRow.issue_id == issue_id,
                    EventRow.environment == "production",
                    EventRow.at >= weeks.MONDAY,
                    EventRow.at < weeks.MONDAY + weeks.WEEK,
                )
            ).all()
            assert item["events"] == len(events)
            assert item["users"] == len({one.user for one in events if one.user})


def section(shown: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in shown["sections"] if one["key"] == key)
    return found


def test_a_bad_week_tells_what_grew_began_and_came_back(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.bad_week)}.json")
    rows = section(shown, "classes")["table"]["rows"]
    told = {row[0]["text"]: (row[1]["text"], row[2]["figure"]["value"]) for row in rows}
    assert told == {
        "Missing key or row": ("new", 10),
        "Not sorted yet": ("returned", 7),
        "Rates of nothing": ("growing", 40),
    }
    assert [one["title"][:20] for one in shown["advice"]] == [
        "Look at, then mend o",
        "Find out why SHOP-3 ",
        "Stop “Rates of nothi",
    ]
    assert section(shown, "caught")["facts"][0]["figure"]["value"] == 1


def test_expected_events_are_events_times_the_probability(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.bad_week)}.json")
    row = section(shown, "changes")["table"]["rows"][0]
    assert row[2]["figure"]["value"] == 30.0
    assert row[3]["figure"]["value"] == 40


def test_deploys_name_those_in_which_issues_began(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.bad_week)}.json")
    told = {one["label"]: one["figure"]["value"] for one in section(shown, "deploys")["facts"]}
    assert told == {
        "Deploys": 2,
        "Worse than before": 1,
        "Not decided yet": 1,
        "With new issues": 1,
    }
    row = section(shown, "deploys")["table"]["rows"][0]
    assert [one["text"] for one in row[:1] + row[2:3]] == ["shop shop@1.4.0", "Worse than before"]
    assert row[0]["path"] == "/deploys/1"


def test_a_class_stands_in_the_report_by_its_name_and_leads_to_its_page(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.bad_week)}.json")
    cells = [row[0] for row in section(shown, "classes")["table"]["rows"]]
    assert {one["text"]: one["path"] for one in cells}["Rates of nothing"] == "/classes/1"
    assert shown["advice"][2]["path"] == "/classes/1"


def test_what_people_decided_is_told_of_issues_and_of_classes(quick_site: Site) -> None:
    address = kept(quick_site, weeks.bad_week)
    decided = section(quick_site.twin(f"{address}.json"), "decisions")
    assert {one["label"]: one["figure"]["value"] for one in decided["facts"]} == {
        "Decisions": 6,
        "Ruled a suspect out": 1,
        "Named the kind of an issue": 1,
        "Resolved an issue": 1,
        "Taught a failure class": 1,
        "Had a check followed": 1,
        "Said what mends an issue": 1,
    }
    listed = quick_site.twin(f"{address}/lists/decided-taught.json")["items"]
    assert [(one["title"], one["url"]) for one in listed] == [
        ("ben@example.org taught a failure class: Rates of nothing: renamed", "/classes/1")
    ]


def test_fixes_that_were_decided_on_tell_the_redeploys_that_they_took(quick_site: Site) -> None:
    address = kept(quick_site, weeks.bad_week)
    fixes = section(quick_site.twin(f"{address}.json"), "fixes")
    assert {one["label"]: one["figure"]["value"] for one in fixes["facts"]} == {
        "Held": 1,
        "Reduced": 0,
        "Came back": 1,
        "Redeploy cycles of those that held": 2,
        "Roll-outs of the week that carried a fix": 2,
    }
    first, second = fixes["table"]["rows"]
    assert [(row[1]["text"], row[2]["figure"]["value"]) for row in (first, second)] == [
        ("came back", 1),
        ("held", 2),
    ]
    assert [row[3]["text"] for row in (first, second)] == [
        "It came back. That it was meant as a fix is inferred.",
        "It held.",
    ]
    listed = quick_site.twin(twin_of(second[2]["figure"]["url"]))["items"]
    assert [one["title"] for one in listed] == ["SHOP-2: shop@1.4.1", "SHOP-2: shop@1.4.2"]


def test_without_any_fix_it_is_said_how_one_is_found(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.first_week)}.json")
    assert "No fix was followed yet" in section(shown, "fixes")["lead"]


def test_a_plans_secret_is_on_no_page_until_a_person_asks_for_it(quick_site: Site) -> None:
    quick_site.post("/reports/plans", FORM, form_at="/reports")
    with reading(quick_site.world.engine) as session:
        secret = session.exec(select(ReportPlanRow.secret)).one()
    assert secret not in quick_site.text("/reports")
    assert secret not in quick_site.client.get("/reports.json").text
    shown = quick_site.post("/reports/plans/1/secret", {}, form_at="/reports")
    assert secret in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_few_issues_are_counted_and_not_compared(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.bad_week)}.json")
    authors = section(shown, "authors")
    assert "counts only" in authors["lead"]
    commits = {row[0]["text"]: row[3]["figure"]["value"] for row in authors["table"]["rows"]}
    assert commits == {"AI": 2, "AI and human": 0, "Human": 4, "Automation": 0, "Unknown": 0}


def test_a_first_week_says_that_there_is_nothing_to_compare_with(quick_site: Site) -> None:
    text = quick_site.text(kept(quick_site, weeks.first_week))
    assert "First week: nothing to compare with yet." in text
    assert "growing" not in text


def test_a_quiet_week_says_so(quick_site: Site) -> None:
    shown = quick_site.twin(f"{kept(quick_site, weeks.quiet_week)}.json")
    assert shown["summary"] == "A quiet week: no errors reached us from production."
    rows = section(shown, "classes")["table"]["rows"]
    assert [row[1]["text"] for row in rows] == ["fixed"]


def test_an_empty_installation_has_a_preview_that_reads_well(quick_site: Site) -> None:
    text = quick_site.text("/reports/preview")
    assert "no errors reached us from production" in text
    assert "Preview of this week" in quick_site.text("/reports")


def test_events_that_arrive_late_do_not_change_what_was_kept(quick_site: Site) -> None:
    address = kept(quick_site, weeks.bad_week)
    before = quick_site.twin(f"{address}.json")

    def late(session: Session) -> None:
        issue = session.exec(select(IssueRow)).first()
        assert issue is not None
        weeks.events_at(session, issue, weeks.MONDAY + timedelta(days=6), 30)

    quick_site.keep(late)
    drain(at(quick_site.world, weeks.AFTER + timedelta(hours=1)), Next("report"))
    assert quick_site.twin(f"{address}.json") == before


def test_the_environment_stands_in_the_title_and_bounds_what_is_told(quick_site: Site) -> None:
    quick_site.keep(weeks.bad_week)
    shown = quick_site.twin("/reports/preview.json?week=2026-W47&environment=staging")
    assert "staging" in shown["title"]
    assert shown["facts"][0]["figure"]["value"] == 2


def test_a_plan_is_made_changed_and_ended(quick_site: Site) -> None:
    recipients = "email team@example.org\nslack https://hooks.example.org/secret/path"
    quick_site.post("/reports/plans", {**FORM, "recipients": recipients}, form_at="/reports")
    quick_site.post("/reports/plans", {**FORM, "hour": "9", "recipients": recipients}, "/reports")
    plan = quick_site.twin("/reports.json")["plans"]
    assert [(one["name"], one["hour"]) for one in plan] == [("shop", 9)]
    assert plan[0]["recipients"][1]["address"] == "hooks.example.org/…"
    quick_site.post(f"/reports/plans/{plan[0]['id']}/end", {}, form_at="/reports")
    assert quick_site.twin("/reports.json")["plans"] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"zone": "Europe/Nowhere"}, "no time zone"),
        ({"hour": "24"}, "hour must be"),
        ({"name": ""}, "needs a name"),
        ({"project": "nothing"}, "no project"),
        ({"recipients": "email ana@example.org\r\nBcc: all@example.org"}, "cannot be used"),
        ({"recipients": "pigeon roof"}, "cannot be used"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(
    quick_site: Site, given: dict[str, str], said: str
) -> None:
    typed = {**FORM, "services": "cart, <till>", **given}
    done = quick_site.post("/reports/plans", typed, form_at="/reports")
    assert done.status_code == 400
    assert said in done.text
    # What was typed is still there, to be corrected.
    assert 'value="cart, &lt;till&gt;"' in done.text
    assert html.escape(typed["recipients"].partition("\r")[0]) in done.text
    assert quick_site.twin("/reports.json")["plans"] == []


def test_hostile_names_are_only_text(quick_site: Site) -> None:
    def hostile(session: Session) -> None:
        weeks.first_week(session)
        issue = session.exec(select(IssueRow)).one()
        issue.type, issue.value = "<script>alert(1)</script>", "\x1b[31m|`*evil*`"

    address = kept(quick_site, hostile)
    page = quick_site.text(address)
    assert "<script>alert" not in page
    for form in ("html", "md", "text", "csv"):
        text = quick_site.text(f"{address}/as/{form}")
        assert "\x1b" not in text
        assert "<script>alert" not in text or form in ("text", "csv")


def test_there_is_no_such_report_week_plan_or_list(quick_site: Site) -> None:
    address = kept(quick_site, weeks.first_week)
    for path in ("/reports/999", f"{address}/lists/nothing", "/reports/preview?plan=nobody"):
        assert quick_site.client.get(path).status_code == 404
    for path in ("/reports/preview?week=2026-W99", "/reports/preview?zone=Moon"):
        assert quick_site.client.get(path).status_code == 400


def test_a_wrong_week_is_a_permanent_fault() -> None:
    from correlator.report import week_named

    with pytest.raises(Permanent, match="2026-W47"):
        week_named("last week", "UTC")
