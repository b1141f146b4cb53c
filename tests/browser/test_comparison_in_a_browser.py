"""The comparison page in Chromium, with nothing, with three changes and with five thousand."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Page, expect

from correlator.steps import drain
from correlator.types import Next
from tests.browser.conftest import Open
from tests.browser.looks import PHONE, looks_right, nodes, too_wide
from tests.changes import Made, a_year, keep_changes

Compared = Callable[[list[Made]], AbstractContextManager[str]]


@pytest.fixture
def opened(open_site: Open) -> Callable[[list[Made]], AbstractContextManager[str]]:
    """Opens a site with these changes compared."""

    def site(made: list[Made]) -> AbstractContextManager[str]:
        if not made:
            return open_site(lambda _: None)
        return open_site(
            lambda session: keep_changes(session, made),
            lambda world: drain(world, Next("compare")),
        )

    return site


def test_with_nothing_it_says_what_to_send(opened: Compared, page: Page) -> None:
    with opened([]) as site:
        page.goto(f"{site}/comparison")
        expect(page.get_by_role("heading", name="Nothing has been compared yet")).to_be_visible()
        expect(page.locator(".command")).to_contain_text("correlator deploy")
        looks_right(page, f"{site}/comparison")


def test_with_three_it_counts_and_draws_no_ratio(opened: Compared, page: Page) -> None:
    made = [Made(author="ai", chances=(1.0,)), Made(author="human"), Made(author="unknown")]
    with opened(made) as site:
        page.set_viewport_size(PHONE)
        page.goto(f"{site}/comparison")
        expect(page.locator(".pair .says").first).to_have_text("counts only")
        expect(page.locator(".plot .crude")).to_have_count(0)
        assert too_wide(page) <= 0
        looks_right(page, f"{site}/comparison")
        page.locator(".pair a").first.click()
        expect(page.locator("table.list tbody tr")).to_have_count(1)


def test_with_five_thousand_it_is_read_by_shape_and_a_number_opens_its_list(
    opened: Compared, page: Page
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
        for path in ("comparison", "comparison?by=directory", "comparison/list?which=changes"):
            looks_right(page, f"{site}/{path}")
            # Curves and lists, not a mark for each change.
            assert nodes(page) < 5000, path
    assert refused == []


def number_shown(count: str) -> str:
    return f"{int(count):,}".replace(",", "\u202f")
