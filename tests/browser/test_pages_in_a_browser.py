"""The pages in a real Chromium: keys, light and dark, phone width, and no script but ours."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from correlator.settings import Settings
from correlator.store.session import open_engine, transaction
from correlator.store.tables import IssueRow, ProjectRow, RepoRow, VerdictRow
from correlator.world import World
from tests.builders import (
    EMAIL,
    NOW,
    PASSWORD,
    a_commit,
    a_deploy,
    a_trouble,
    a_verdict,
    a_whole_story,
    an_account,
    an_event,
    an_issue,
    sha_of,
    some_events,
)
from web.app import create_app

HOSTILE = "<script>document.title='run'</script><img src=x onerror=alert(1)> العربية " + "w" * 900
EVERY_PAGE = ["", "issues/1", "issues/2", "issues/3", "issues/4", "issues/1/events",
              "issues/1/users", "deploys", "projects", "projects/shop", "repositories",
              "scorecard", "scorecard/issues", "trouble", "nowhere",
              f"changes/acme/shop/{sha_of('evil')}"]  # fmt: skip
PHONE = {"width": 360, "height": 780}


def a_hostile_house(session: Session) -> None:
    """A whole story, one that is long and hostile in every field, and one that waits."""
    an_account(session)
    issue = a_whole_story(session)
    project = session.get_one(ProjectRow, issue.project_id)
    repo = session.get_one(RepoRow, 1)
    a_commit(session, repo, "evil", message=HOSTILE, author_name=HOSTILE[:300], because=HOSTILE,
             tools=[HOSTILE[:99]], models=[HOSTILE[:99]], author="automation")  # fmt: skip
    bad = an_issue(session, project, type=HOSTILE[:200], value=HOSTILE[:1000],
                   culprit_frame="deep/" * 90, first_seen=NOW - timedelta(days=9))  # fmt: skip
    tags = {HOSTILE[:90]: HOSTILE}
    some_events(session, bad, an_event(tags=tags, extra=tags, request=tags), 40)
    a_verdict(session, bad, repo, (("evil", 0.4), ("culprit", 0.3)), because=HOSTILE)
    waits = an_issue(session, project, type="TypeError", wants_verdict=True)
    some_events(session, waits)
    silent = an_issue(session, project, type="OSError", first_release="r" * 200)
    some_events(session, silent)
    a_verdict(session, silent, None, (), abstained="no-revision", because="Nobody said.")
    for hours in range(30):
        a_deploy(session, project, release=f"shop@1.2.{hours}", at=NOW - timedelta(hours=5 * hours))
    a_trouble(session, project, reason=HOSTILE)


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    """A world with that house, at the builders' time."""
    engine = open_engine(sqlite_url)
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url)
    with transaction(engine) as session:
        a_hostile_house(session)
    yield World(settings=settings, engine=engine, now=lambda: NOW)
    engine.dispose()


@pytest.fixture
def site(
    world: World, page: Page, live_server: Callable[[Any], AbstractContextManager[str]]
) -> Iterator[str]:
    """The address of a site that the page is logged in to."""
    with live_server(create_app(world, lambda _todo: None)) as url:
        page.goto(f"{url}/login")
        page.get_by_label("Mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Issues")).to_be_visible()
        yield url


def test_no_page_scrolls_sideways_on_a_phone_or_runs_what_it_shows(site: str, page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.set_viewport_size(PHONE)
    for path in EVERY_PAGE:
        page.goto(f"{site}/{path}")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"/{path} is {wide} px too wide"
        assert page.title() != "run"
    assert [line for line in refused if "404" not in line] == []


def test_j_k_and_enter_lead_from_the_list_to_an_issue(site: str, page: Page) -> None:
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()
    target = rows.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}{target}")


def test_x_rules_a_suspect_out_and_the_next_one_leads(site: str, page: Page) -> None:
    page.goto(f"{site}/issues/1")
    leads = page.locator("#verdict-title")
    expect(leads).to_contain_text("Price carts in one pass")
    page.keyboard.press("x")
    expect(leads).to_contain_text("Load rates once")
    expect(page.get_by_text("Next suspect, after 1 ruled out")).to_be_visible()


def test_rejecting_all_says_none_of_these_and_z_undoes_word_by_word(site: str, page: Page) -> None:
    page.goto(f"{site}/issues/1")
    leads = page.locator("#verdict-title")
    page.keyboard.press("x")
    expect(leads).to_contain_text("Load rates once")
    page.keyboard.press("x")
    expect(leads).to_have_text("None of these")
    page.keyboard.press("z")
    expect(leads).to_contain_text("Load rates once")
    page.keyboard.press("z")
    expect(leads).to_contain_text("Price carts in one pass")
    expect(page.locator(".last-word")).to_have_count(0)


def test_x_on_a_row_rules_that_suspect_out_and_not_the_first(site: str, page: Page) -> None:
    page.goto(f"{site}/issues/1")
    page.locator(".suspects summary").first.focus()
    page.keyboard.press("x")
    expect(page.locator(".suspects details.out")).to_have_count(1)
    expect(page.locator("#verdict-title")).to_contain_text("Price carts in one pass")


def test_on_a_phone_a_button_rejects_shows_the_next_and_takes_it_back(
    site: str, page: Page
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/issues/1")
    leads = page.locator("#verdict-title")
    page.get_by_role("button", name="Not this one").first.click()
    expect(leads).to_contain_text("Load rates once")
    page.locator(".last-word").get_by_role("button", name="Take back").click()
    expect(leads).to_contain_text("Price carts in one pass")


def test_c_confirms_a_suspect_and_z_takes_it_back(site: str, page: Page) -> None:
    page.goto(f"{site}/issues/1")
    page.keyboard.press("c")
    expect(page.locator(".sentence")).to_contain_text("confirmed")
    page.keyboard.press("z")
    expect(page.locator(".sentence")).to_contain_text("82% sure")


def test_keys_are_letters_while_one_types(site: str, page: Page) -> None:
    page.keyboard.press("/")
    search = page.get_by_label("Search")
    expect(search).to_be_focused()
    page.keyboard.type("jkx?")
    expect(search).to_have_value("jkx?")


def test_the_question_mark_shows_the_keys_and_escape_closes_them(site: str, page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_toggle_turns_light_into_dark_and_the_choice_stays(site: str, page: Page) -> None:
    def paper() -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    page.emulate_media(color_scheme="light")
    light = paper()
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = paper()
    assert dark != light
    page.goto(f"{site}/issues/1")
    assert paper() == dark
    page.keyboard.press("t")
    assert paper() == light


def test_the_system_that_asks_for_dark_gets_it_unasked(site: str, page: Page) -> None:
    seen = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(seen) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(site: str, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site}/issues/1")
    faint = page.evaluate(CONTRAST)
    assert faint == []


def test_a_phone_shows_the_suspect_and_its_buttons_on_the_first_screen(
    site: str, page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/issues/1")
    for what in (page.locator(".sentence"), page.get_by_role("button", name="Not this one").first):
        box = what.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844
        height = box["height"]
    assert height >= 40


def test_a_page_that_waits_shows_the_verdict_once_it_is_there(
    site: str, page: Page, world: World
) -> None:
    page.goto(f"{site}/issues/3")
    expect(page.get_by_role("heading", name="Looking for the change")).to_be_visible()
    with transaction(world.engine) as session:
        issue = session.get_one(IssueRow, 3)
        verdict: VerdictRow = a_verdict(session, issue, session.get_one(RepoRow, 1))
        issue.verdict_id, issue.wants_verdict = verdict.id, False
    expect(page.locator("#verdict-title")).to_contain_text("Price carts in one pass")
    expect(page.locator("[data-live]")).to_have_count(0)


def test_the_dsn_is_copied_with_one_click(site: str, page: Page) -> None:
    page.goto(f"{site}/projects/shop")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page.get_by_role("button", name="Copy DSN").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "/1" in page.evaluate("navigator.clipboard.readText()")


# Text below 4.5:1 against what lies behind it (WCAG 2.2, 1.4.3), drawn on a canvas so that any
# colour notation is understood.
CONTRAST = """() => {
  const brush = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const over = (colour, base) => {
    brush.fillStyle = `rgb(${base.join(",")})`; brush.fillRect(0, 0, 1, 1);
    brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (at) => {
    const chain = [];
    for (let one = at; one; one = one.parentElement) chain.unshift(one);
    return chain.reduce((base, one) => over(getComputedStyle(one).backgroundColor, base),
                        [255, 255, 255]);
  };
  const faint = [];
  for (const at of document.querySelectorAll("body *")) {
    const own = [...at.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !at.getClientRects().length || at.closest(".hidden, .skip, svg, dialog")) continue;
    const base = behind(at);
    const ink = over(getComputedStyle(at).color, base);
    const [high, low] = [light(ink), light(base)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) faint.push(`${at.className}: ${at.textContent.trim().slice(0, 30)} ${ratio}`);
  }
  return faint;
}"""


def test_the_keyboard_goes_on_where_it_was(site: str, page: Page) -> None:
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict-title")).to_be_visible()
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="Issues")).to_be_visible()
    expect(rows.nth(1)).to_be_focused()
    page.goto(f"{site}/issues/1")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".flash")).to_be_visible()
    expect(rows.nth(0)).to_be_focused()


def test_a_pointer_leaves_no_row_behind(site: str, page: Page) -> None:
    page.locator("[data-row]").nth(1).click()
    expect(page.locator("#verdict-title")).to_be_visible()
    page.goto(site)
    expect(page.locator("body")).to_be_focused()


def test_the_navigation_of_a_phone_shows_where_one_is(site: str, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/scorecard")
    expect(page.locator("nav [aria-current]")).to_be_in_viewport(ratio=1)
    expect(page.locator(".bar nav")).to_have_class("more-before")
    page.goto(site)
    expect(page.locator(".bar nav")).to_have_class("more-after")


@pytest.mark.parametrize("width", [360, 700, 820, 1000, 1280])
def test_the_bar_is_one_line_high_at_any_width(site: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(site)
    for part in (".wordmark", ".tools", ".bar nav"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["height"] <= 52, f"{part} at {width} px"
