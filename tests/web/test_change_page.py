"""The panel of the change page that tells who stands behind a change."""

from tests.builders import a_standing, a_whole_story, sha_of
from tests.web.pages_site import Site


def test_the_change_page_tells_who_stands_behind_it_and_what_each_review_is_worth(
    quick_site: Site,
) -> None:
    quick_site.keep(a_whole_story)
    path = f"/changes/acme/shop/{sha_of('culprit')}"
    assert "Nobody has looked yet" in quick_site.text(path)
    quick_site.keep(lambda session: a_standing(session, "culprit"))
    text = quick_site.text(path)
    assert "Signed off by" not in text
    assert "Merged without any sign-off" in text
    assert "@ana &lt;b&gt;" in quick_site.client.get(path).text
    assert "approved 111111111111, but the branch was at 222222222222" in text
    assert "AI-written changes to billing" in text
    told = quick_site.twin(f"{path}.json")["accountability"]
    assert told["outcome"] == "broken"
    assert told["sign_offs"][0]["label"] == "stale"
    assert told["rulings"][0]["label"] == "Broken"
