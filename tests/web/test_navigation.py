"""The main navigation: on every page it says where one is, and times say whose they are."""

from datetime import timedelta

import pytest

from tests.builders import NOW, a_whole_story, sha_of
from tests.web.pages_site import Site
from web.navigation import ENTRIES
from web.subjects import SUBJECTS


def test_the_pages_of_every_subject_lie_below_one_entry() -> None:
    below = [subject for _, _, subjects in ENTRIES for subject in subjects]
    assert sorted(below) == sorted(one.name for one in SUBJECTS)


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", "Issues"),
        ("/issues/1/joined", "Issues"),
        ("/issues/1/merge", "Issues"),
        ("/delivery", "Deploys"),
        ("/reports/preview", "Reports"),
        ("/projects/shop/grouping", "Projects"),
        (f"/changes/acme/shop/{sha_of('culprit')}", "Repositories"),
        ("/repositories/acme/shop/commits", "Repositories"),
    ],
)
def test_a_page_says_below_which_entry_it_lies(quick_site: Site, path: str, entry: str) -> None:
    quick_site.keep(a_whole_story)
    shown = quick_site.text(path)
    assert shown.count('aria-current="page"') >= 1
    nav = shown.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]
    assert f'aria-current="page">{entry}' in nav
    assert nav.count("aria-current") == 1
    assert "All times are UTC." in shown


def test_a_time_of_another_year_says_which(quick_site: Site) -> None:
    exact = quick_site.app.jinja_env.filters["exact"]
    assert f">{NOW:%d %b %H:%M}<" in exact(NOW.isoformat())
    before = NOW - timedelta(days=400)
    assert f">{before:%d %b %Y %H:%M}<" in exact(before.isoformat())
