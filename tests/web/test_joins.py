"""The pages that merge, split and undo, and a project's grouping rules."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from correlator.grouping import fingerprint, join
from correlator.store.issues.kept import keep_event
from correlator.store.session import reading
from correlator.store.tables import GroupingRulesRow, IssueRow, ProjectRow
from correlator.types import Event, Frame, Raised
from tests import builders
from tests.web.pages_site import Site


def an_event(number: int, function: str, value: str) -> Event:
    frame = Frame(filename="shop/cart.py", module="shop.cart", function=function, in_app=True)
    return Event(
        event_id=f"{number:032x}",
        at=builders.NOW - timedelta(hours=9 - number),
        release="shop@1",
        exceptions=(Raised(type="CartError", value=value, frames=(frame,)),),
        user=f"user-{number}",
    )


def seed(site: Site) -> tuple[int, int]:
    """Two issues; into the first a near-duplicate was joined."""

    def build(session: Any) -> tuple[int, int]:
        project = session.exec(select(ProjectRow)).first() or builders.a_project(session)
        said = (
            ("total", "cart of ann cannot be priced <b>"),
            ("total", "cart of bob cannot be priced <b>"),
            ("ship", "no parcel"),
        )
        kept = []
        for number, (function, value) in enumerate(said, 1):
            event = an_event(number, function, value)
            made = fingerprint(event)
            kept.append(keep_event(session, project, event, made, builders.NOW, join).issue_id)
        assert kept[0] == kept[1] != kept[2]
        return kept[0], kept[2]

    found: tuple[int, int] = site.keep(build)
    return found


def twin(site: Site, path: str) -> Any:
    name, _, asked = path.partition("?")
    return site.client.get(f"{name}.json?{asked}").get_json()


def test_the_issue_page_says_what_was_joined_why_and_how_to_undo_it(quick_site: Site) -> None:
    issue, _ = seed(quick_site)
    text = quick_site.client.get(f"/issues/{issue}").text
    assert "Joined from" in text
    assert "most words of the message agree" in text
    (act,) = twin(quick_site, f"/issues/{issue}")["joined"]["acts"]
    answer = quick_site.post(act["undo"], {}, form_at=f"/issues/{issue}")
    made = answer.location.rsplit("/", 1)[-1]
    assert int(made) not in (issue, 0)
    assert twin(quick_site, f"/issues/{made}")["issue"]["events"] == 1
    assert twin(quick_site, f"/issues/{issue}")["issue"]["events"] == 1


def test_a_merge_is_previewed_done_followed_and_undone(quick_site: Site) -> None:
    issue, other = seed(quick_site)
    asked = twin(quick_site, f"/issues/{other}/merge")
    assert [one["id"] for one in asked["targets"]] == [issue]
    preview = f"/issues/{other}/merge?into={issue}"
    assert twin(quick_site, preview)["moves"] == {
        "events": 1, "kept": 1, "users": 1, "new_users": 1, "hours": 1, "fingerprints": 1,
    }  # fmt: skip
    quick_site.post(f"/issues/{other}/merge", {"into": str(issue)}, form_at=preview)
    assert quick_site.client.get(f"/issues/{other}").location.endswith(f"/issues/{issue}")
    assert quick_site.client.get(f"/issues/{other}?own=1").status_code == 200
    listed = [one["id"] for one in twin(quick_site, "/index?status=all")["issues"]]
    assert listed == [issue]
    acts = twin(quick_site, f"/issues/{issue}/joined")["acts"]
    assert (acts[0]["action"], acts[0]["by"]) == ("merged", builders.EMAIL)
    quick_site.post(acts[0]["undo"], {}, form_at=f"/issues/{issue}")
    assert quick_site.client.get(f"/issues/{other}").status_code == 200


def test_several_issues_of_the_list_are_merged_into_the_oldest(quick_site: Site) -> None:
    issue, other = seed(quick_site)
    asked = f"/merge?issue={other}&issue={issue}"
    shown = twin(quick_site, asked)
    assert shown["into"]["id"] == issue
    quick_site.post("/merge", {"into": str(issue), "issue": str(other)}, form_at=asked)
    assert twin(quick_site, f"/issues/{issue}")["issue"]["events"] == 3


def test_a_split_is_previewed_and_done(quick_site: Site) -> None:
    issue, _ = seed(quick_site)
    parts = twin(quick_site, f"/issues/{issue}/joined")["parts"]
    assert [(part["events"], part["users"]) for part in parts] == [(1, 1), (1, 1)]
    preview = f"/issues/{issue}/split?fingerprint={parts[1]['id']}"
    assert twin(quick_site, preview)["moves"]["events"] == 1
    answer = quick_site.post(
        f"/issues/{issue}/split", {"fingerprint": str(parts[1]["id"])}, form_at=preview
    )
    assert not answer.location.endswith(f"/issues/{issue}")


def test_what_cannot_be_done_says_why(quick_site: Site) -> None:
    issue, other = seed(quick_site)
    form = f"/issues/{other}/merge?into={issue}"
    answer = quick_site.post(f"/issues/{issue}/merge", {"into": str(issue)}, form_at=form)
    assert answer.status_code == 409
    assert "into itself" in answer.text
    assert "Nothing is ticked" in quick_site.client.get(f"/issues/{issue}/split").text


@pytest.mark.parametrize("path", ["joined", "merge", "split", "merge?into=1&search=cart"])
def test_what_a_sender_said_is_escaped(quick_site: Site, path: str) -> None:
    issue, _ = seed(quick_site)
    text = quick_site.client.get(f"/issues/{issue}/{path}").text
    assert "priced <b>" not in text


def test_rules_are_kept_or_refused_with_the_reason(quick_site: Site) -> None:
    seed(quick_site)
    path = "/projects/shop/grouping"
    wrong = quick_site.post(path, {"text": "error.kind:X -> y"}, form_at=path)
    assert wrong.status_code == 422
    assert "Line 1: there is no matcher" in wrong.text
    quick_site.post(path, {"text": "error.type:X -> y"}, form_at=path)
    shown = twin(quick_site, path)
    assert (shown["text"], shown["by"]) == ("error.type:X -> y", builders.EMAIL)
    with reading(quick_site.world.engine) as session:
        assert len(session.exec(select(GroupingRulesRow)).all()) == 1
        assert session.exec(select(IssueRow)).first() is not None
