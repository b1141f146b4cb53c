"""The kind on the pages: shown with its reason, narrowed by, set by a person, said in JSON."""

from typing import Any

import pytest
from sqlmodel import Session, select

from correlator.store.classes import kinds
from correlator.store.session import reading
from correlator.store.tables import IssueRow, KindRow
from correlator.types import Kind, KindGuess
from tests.builders import NOW, a_whole_story
from tests.web.pages_site import Site


@pytest.fixture
def told(quick_site: Site) -> Site:
    """A site whose issue was looked at: null, with its reason."""

    def build(session: Session) -> None:
        a_whole_story(session)
        guess = KindGuess(
            kind=Kind.NONE_DEREF,
            certainty=0.92,
            because="a member was asked of <b>None</b>",
            source="rule none_deref",
            runner_up=Kind.SWALLOWED_EXCEPTION,
        )
        kinds.keep_guess(session, 1, guess, None, NOW)

    quick_site.keep(build)
    return quick_site


def json_of(site: Site, path: str) -> Any:
    return site.client.get(path).json


def kind_of_issue(site: Site) -> Any:
    return json_of(site, "/issues/1.json")["kind"]


def test_the_issue_page_shows_the_kind_how_sure_and_why(told: Site) -> None:
    page = told.client.get("/issues/1").text
    assert "Null where a value was assumed" in page
    assert "92 % sure" in page or "92% sure" in page
    assert "a member was asked of &lt;b&gt;None&lt;/b&gt;" in page
    known = kind_of_issue(told)["known"]
    assert (known["id"], known["certainty"]) == ("none_deref", 0.92)
    assert known["runner_up"]["id"] == "swallowed_exception"


def test_the_checks_that_would_have_caught_it_fit_the_language(told: Site) -> None:
    checks = kind_of_issue(told)["checks"]
    assert ("mypy", "union-attr") in [(check["tool"], check["rule"]) for check in checks]
    assert "strictNullChecks" not in told.client.get("/issues/1").text


def test_a_person_sets_the_kind_and_can_take_that_back(told: Site) -> None:
    told.post("/issues/1/kind", {"kind": "env_config"}, form_at="/issues/1")
    known = kind_of_issue(told)["known"]
    assert (known["id"], known["by_person"]) == ("env_config", True)
    assert "Take back what was said" in told.client.get("/issues/1").text
    told.post("/issues/1/kind", {"kind": ""}, form_at="/issues/1")
    assert kind_of_issue(told)["known"]["id"] == "none_deref"
    with reading(told.world.engine) as session:
        assert len(session.exec(select(KindRow)).all()) == 3
        assert session.exec(select(IssueRow)).first().kind == "none_deref"  # type: ignore[union-attr]


def test_a_kind_that_does_not_exist_is_refused(told: Site) -> None:
    answer = told.post("/issues/1/kind", {"kind": "bad_luck"}, form_at="/issues/1")
    assert answer.status_code == 400
    assert kind_of_issue(told)["known"]["id"] == "none_deref"


def test_the_list_is_narrowed_by_kind_and_names_it(told: Site) -> None:
    found = told.client.get("/?kind=none_deref&status=all").text
    assert 'class="kind"' in found
    assert json_of(told, "/index.json?kind=none_deref&status=all")["total"] == 1
    assert json_of(told, "/index.json?kind=encoding&status=all")["total"] == 0


def test_an_issue_that_nobody_looked_at_says_so(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    assert "Kind not known yet" in quick_site.client.get("/issues/1").text
    assert kind_of_issue(quick_site)["known"] is None


def test_a_judgement_about_the_culprit_has_the_kind_looked_at_again(told: Site) -> None:
    sha = json_of(told, "/issues/1.json")["suspects"][0]["sha"]
    told.post("/issues/1/judgement", {"sha": sha, "said": "rejected"}, form_at="/issues/1")
    assert ("classify", (1,)) in [(one.step, one.ids) for one in told.woken]
