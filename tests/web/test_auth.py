"""Who may see what: people by password, programs by token, nobody else anything."""

from dataclasses import replace
from typing import Any

import pytest
from flask import request
from sqlmodel import select

from correlator.errors import Permanent
from correlator.settings import Settings
from correlator.store.people import accounts
from correlator.store.people.tokens import mint
from correlator.store.session import open_engine, reading, transaction
from correlator.store.tables import AccountRow, JudgementRow, TokenRow
from correlator.world import World
from tests import builders
from tests.builders import EMAIL, NOW, PASSWORD, a_project, a_whole_story, an_issue, sha_of
from tests.web.pages_site import Site, with_settings
from tests.web.test_cycles_pages import a_course

CHANGE = f"/changes/acme/shop/{sha_of('culprit')}"
PAGES = ["/", "/issues/1", "/issues/1/events", "/deploys", "/projects", "/repositories", "/trouble"]


@pytest.fixture
def stranger(quick_world: World) -> Site:
    """A site that nobody is logged in to."""
    made = Site(quick_world)
    made.keep(builders.an_account)
    return made


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_a_stranger_to_the_login_and_back(stranger: Site, path: str) -> None:
    answer = stranger.client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("path", ["/index.json", "/issues/1.json", f"{CHANGE}.json"])
def test_a_twin_refuses_a_stranger_in_json(stranger: Site, path: str) -> None:
    answer = stranger.client.get(path)
    assert (answer.status_code, answer.mimetype) == (401, "application/json")


def test_after_the_login_one_is_where_one_wanted_to_be(stranger: Site) -> None:
    page = "/login?next=/deploys"
    answer = stranger.post(page, {"email": EMAIL, "password": PASSWORD}, form_at=page)
    assert answer.headers["Location"] == "/deploys"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "x"]
)
def test_a_login_never_leads_away_from_here(stranger: Site, elsewhere: str) -> None:
    page = f"/login?next={elsewhere}"
    answer = stranger.post(page, {"email": EMAIL, "password": PASSWORD}, form_at=page)
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(stranger: Site) -> None:
    wrong = stranger.log_in("wrong")
    unknown = stranger.log_in(email="nobody@example.org")
    assert wrong.status_code == unknown.status_code == 401
    assert "is not right" in wrong.text
    assert "is not right" in unknown.text


def test_an_unknown_address_is_checked_against_a_hash_as_costly_as_a_real_one(
    quick_world: World,
) -> None:
    with transaction(quick_world.engine) as session:
        kept = accounts.add(session, EMAIL, PASSWORD, NOW).password
    parts = kept.split("$")[:4]
    assert accounts._hash_of_nobody().split("$")[:4] == parts
    assert parts[1] == "argon2id"


def test_guessing_is_slowed_down_but_the_right_password_is_not_counted(stranger: Site) -> None:
    for _ in range(3):
        assert stranger.log_in().status_code == 302
        stranger.client.delete_cookie("correlator")
    answers = [stranger.log_in(f"guess {number}").status_code for number in range(11)]
    assert answers == [401] * 10 + [429]


def test_a_logged_out_session_sees_nothing(quick_site: Site) -> None:
    quick_site.post("/logout", {})
    assert quick_site.client.get("/").status_code == 302


def test_a_changed_password_ends_its_sessions(quick_site: Site) -> None:
    with transaction(quick_site.world.engine) as session:
        row = session.exec(select(AccountRow)).one()
        row.password = row.password[:-1] + "x"
    assert quick_site.client.get("/").status_code == 302


def test_an_address_is_one_account_however_it_is_written(quick_world: World) -> None:
    with transaction(quick_world.engine) as session:
        accounts.add(session, " Ana@Example.org ", PASSWORD, NOW)
        with pytest.raises(Permanent, match="already"):
            accounts.add(session, "ana@example.org", PASSWORD, NOW)
        assert accounts.check(session, "ANA@example.org", PASSWORD)


def test_a_short_password_is_refused(quick_world: World) -> None:
    with transaction(quick_world.engine) as session, pytest.raises(Permanent, match="characters"):
        accounts.add(session, EMAIL, "short", NOW)


@pytest.mark.parametrize(
    "path", ["/login", "/logout", "/projects", "/issues/1/judgement", "/trouble/1/replay"]
)
def test_a_form_without_its_token_changes_nothing(quick_site: Site, path: str) -> None:
    quick_site.keep(a_whole_story)
    answer = quick_site.client.post(path, data={"name": "x", "said": "rejected"})
    assert answer.status_code == 400
    assert "Open the page again" in answer.text


def test_the_door_for_events_needs_no_form_token(quick_site: Site) -> None:
    answer = quick_site.client.post("/api/1/envelope/", data=b"{}")
    assert "Open the page again" not in answer.text


def test_a_token_reads_twins_and_nothing_else(stranger: Site) -> None:
    stranger.keep(a_whole_story)
    token = stranger.keep(lambda session: mint(session, "ci", None, NOW))
    bearer = {"Authorization": f"Bearer {token}"}
    assert stranger.client.get("/issues/1.json", headers=bearer).status_code == 200
    assert stranger.client.get("/issues/1", headers=bearer).status_code == 302
    posted = stranger.client.post("/issues/1/judgement", headers=bearer)
    assert posted.status_code == 400
    with reading(stranger.world.engine) as session:
        assert session.exec(select(TokenRow)).one().used_at == NOW


def test_a_token_of_one_project_does_not_see_another(stranger: Site) -> None:
    def build(session: Any) -> tuple[str, int]:
        a_whole_story(session)
        other = a_project(session, "other")
        issue = an_issue(session, other)
        return mint(session, "ci", other.id, NOW), issue.id or 0

    token, own = stranger.keep(build)
    bearer = {"Authorization": f"Bearer {token}"}

    def get(path: str) -> Any:
        return stranger.client.get(path, headers=bearer)

    assert [line["id"] for line in get("/index.json").get_json()["issues"]] == [own]
    assert get(f"/issues/{own}.json").status_code == 200
    for path in (
        "/issues/1.json",
        "/issues/1/events.json",
        "/projects/shop.json",
        f"{CHANGE}.json",
    ):
        assert get(path).status_code == 404, path
    assert get("/deploys.json").get_json()["deploys"] == []
    assert get("/repositories.json").get_json()["repositories"] == []
    assert [one["project"] for one in get("/projects.json").get_json()["projects"]] == ["other"]


def test_a_token_of_one_project_reads_that_people_judged_and_never_their_logins(
    stranger: Site,
) -> None:
    def build(session: Any) -> tuple[str, str]:
        issue = a_course(session)
        session.add(
            JudgementRow(
                issue_id=issue.id or 0,
                sha=sha_of("culprit"),
                said="confirmed",
                account_id=builders.an_account(session, "judge@example.org").id,
                at=NOW,
            )
        )
        return mint(session, "ci", issue.project_id, NOW), mint(session, "all", None, NOW)

    limited, whole = stranger.keep(build)

    def read(path: str, token: str) -> str:
        answer = stranger.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        return answer.text

    for path in ("/issues/1.json", "/fixes/people.json"):
        assert "judge@example.org" in read(path, whole)
        told = read(path, limited)
        assert "a person" in told
        assert "judge@example.org" not in told


def test_a_token_that_reads_never_sees_the_webhook_secret(stranger: Site) -> None:
    project = stranger.keep(a_project)
    token = stranger.keep(lambda session: mint(session, "ci", project.id, NOW))
    answer = stranger.client.get(
        "/projects/shop.json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.get_json()["webhook_secret"] is None


def test_a_token_is_shown_once_kept_as_a_hash_and_ends_when_revoked(quick_site: Site) -> None:
    quick_site.keep(a_project)
    made = quick_site.post("/projects/shop/tokens", {"name": "ci"}, "/projects/shop")
    shown = made.text.split("shown this once")[1].partition("</code>")[0]
    token = shown.partition("<code")[2].partition(">")[2]
    assert token not in quick_site.text("/projects/shop")
    with reading(quick_site.world.engine) as session:
        assert token not in session.exec(select(TokenRow)).one().hash
    bearer = {"Authorization": f"Bearer {token}"}
    fresh = quick_site.app.test_client()
    assert fresh.get("/index.json", headers=bearer).status_code == 200
    quick_site.post("/projects/shop/tokens/1/revoke", {}, "/projects/shop")
    assert fresh.get("/index.json", headers=bearer).status_code == 401


def test_every_answer_carries_a_policy_that_allows_no_inline_script(quick_site: Site) -> None:
    for path in ("/", "/login", "/nowhere", "/healthz"):
        headers = quick_site.client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_needs_what_the_policy_forbids(quick_site: Site) -> None:
    quick_site.keep(a_whole_story)
    for path in ("/", "/issues/1", CHANGE, "/deploys", "/projects/shop", "/repositories"):
        text = quick_site.text(path)
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert "<script>" not in text


@pytest.mark.parametrize(("base", "secure"), [("https://c.example", True), ("http://c", False)])
def test_the_session_cookie_is_guarded(quick_world: World, base: str, secure: bool) -> None:
    site = Site(with_settings(quick_world, base_url=base))
    cookie = site.client.get("/login", base_url=base).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure


@pytest.mark.parametrize("cut_off", [True, False])
def test_the_site_can_live_below_a_path(quick_world: World, cut_off: bool) -> None:
    site = Site(with_settings(quick_world, base_url="http://c.example/correlator"))
    prefix = "" if cut_off else "/correlator"
    answer = site.client.get(f"{prefix}/login")
    assert 'href="/correlator/static/app.css?' in answer.text
    assert "Path=/correlator" in answer.headers["Set-Cookie"]
    assert site.client.get(f"{prefix}/").headers["Location"] == "/correlator/login?next=/"


def test_forwarded_addresses_are_believed_only_behind_a_trusted_proxy(quick_world: World) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "out.example"}

    def seen(hops: int) -> str:
        app = Site(with_settings(quick_world, trusted_proxies=hops)).app
        app.add_url_rule("/seen", "seen", lambda: request.url_root)
        return app.test_client().get("/seen", headers=forwarded).text

    assert seen(1) == "https://out.example/"
    assert seen(0) == "http://localhost/"


def test_health_tells_life_and_readiness_apart(quick_world: World) -> None:
    client = Site(quick_world).client
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ok"}


def test_a_database_that_is_not_migrated_is_not_ready(tmp_path: Any) -> None:
    settings = Settings(data_dir=tmp_path)
    engine = open_engine(settings.database)
    answer = Site(World(settings=settings, engine=engine)).client.get("/readyz")
    engine.dispose()
    assert answer.status_code == 503
    assert "not migrated" in answer.get_json()["problem"]


def test_a_defect_is_reported_and_told_without_its_inside(quick_world: World) -> None:
    reported: list[BaseException] = []
    site = Site(replace(quick_world, report=reported.append))

    def broken() -> str:
        raise RuntimeError("secret inside")

    site.app.add_url_rule("/broken", "broken", broken)
    answer = site.client.get("/broken")
    assert answer.status_code == 500
    assert "secret inside" not in answer.text
    assert str(reported[0]) == "secret inside"


def test_a_form_is_small(quick_site: Site) -> None:
    answer = quick_site.client.post("/projects", data={"name": "x" * 200_000})
    assert answer.status_code == 413
