"""The comparison page in Chromium, with nothing, with three changes and with five thousand."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from correlator.settings import Settings
from correlator.steps import drain
from correlator.store.session import open_engine, transaction
from correlator.types import Next
from correlator.world import World
from tests import builders
from tests.builders import EMAIL, NOW, PASSWORD
from tests.changes import Made, a_year, keep_changes
from web.app import create_app

PHONE = ViewportSize(width=390, height=844)
Open = Callable[[list[Made]], AbstractContextManager[str]]


@pytest.fixture
def opened(
    tmp_path: Path,
    sqlite_url: str,
    page: Page,
    live_server: Callable[[Any], AbstractContextManager[str]],
) -> Open:
    """Opens a site with these changes compared, the page logged in to it."""

    @contextmanager
    def open_site(made: list[Made]) -> Iterator[str]:
        engine = open_engine(sqlite_url)
        settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url)
        with transaction(engine) as session:
            builders.an_account(session)
            if made:
                keep_changes(session, made)
        world = World(settings=settings, engine=engine, now=lambda: NOW)
        if made:
            drain(world, Next("compare"))
        with live_server(create_app(world, lambda _todo: None)) as url:
            page.goto(f"{url}/login")
            page.get_by_label("Mail address").fill(EMAIL)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("heading", name="Issues")).to_be_visible()
            yield url
        engine.dispose()

    return open_site


def too_wide(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found


def test_with_nothing_it_says_what_to_send(opened: Open, page: Page) -> None:
    with opened([]) as site:
        page.goto(f"{site}/comparison")
        expect(page.get_by_role("heading", name="Nothing has been compared yet")).to_be_visible()
        expect(page.locator(".command")).to_contain_text("correlator deploy")


def test_with_three_it_counts_and_draws_no_ratio(opened: Open, page: Page) -> None:
    made = [Made(author="ai", chances=(1.0,)), Made(author="human"), Made(author="unknown")]
    with opened(made) as site:
        page.set_viewport_size(PHONE)
        page.goto(f"{site}/comparison")
        expect(page.locator(".pair .says").first).to_have_text("counts only")
        expect(page.locator(".plot .crude")).to_have_count(0)
        assert too_wide(page) <= 0
        page.locator(".pair a").first.click()
        expect(page.locator("table.list tbody tr")).to_have_count(1)


def test_with_five_thousand_it_is_read_by_shape_and_a_number_opens_its_list(
    opened: Open, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    with opened(a_year(5000)) as site:
        page.goto(f"{site}/comparison")
        expect(page.locator(".forest .crude rect").first).to_be_visible()
        dashes = page.locator(".curves polyline").evaluate_all(
            "all => all.map(one => getComputedStyle(one).strokeDasharray)"
        )
        assert len(set(dashes)) == len(dashes) == 5
        page.get_by_label("Told apart by").select_option("review")
        expect(page.get_by_role("heading", name="state of the review")).to_be_visible()
        number = page.locator("td[data-label='changes'] a").first
        count = number.inner_text().replace("\u202f", "")
        number.click()
        expect(page.locator("h1 .count")).to_have_text(number_shown(count))
        expect(page.locator("table.list tbody tr")).to_have_count(100)
        page.set_viewport_size(PHONE)
        for path in ("comparison", "comparison?by=directory", "comparison/list?which=changes"):
            page.goto(f"{site}/{path}")
            assert too_wide(page) <= 0, path
    assert refused == []


def number_shown(count: str) -> str:
    return f"{int(count):,}".replace(",", "\u202f")
