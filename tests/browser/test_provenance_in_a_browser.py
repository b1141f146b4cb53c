"""Gutter, change page, panel, policy and provenance page of a real repository, in Chromium."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from correlator.code.mirrors import mirror_directory
from correlator.settings import Settings
from correlator.steps import drain
from correlator.store.code.pull_requests import keep_pull_request, keep_review, told_in_full
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.session import open_engine, transaction
from correlator.store.tables import DeployRow, ProjectRow
from correlator.types import (
    Actor,
    Event,
    Frame,
    Next,
    Opinion,
    PullRequest,
    Raised,
    Review,
)
from correlator.world import World
from tests.builders import (
    EMAIL,
    NOW,
    PASSWORD,
    a_project,
    an_account,
    an_event,
    an_issue,
    some_events,
)
from tests.gitrepo import START, GitRepo
from web.app import create_app

PHONE: ViewportSize = {"width": 390, "height": 844}
POLICY = (
    '[[untouchable]]\nname = "hands off"\npaths = ["/billing/"]\nprovenance = ["ai", "mixed"]\n'
)
PAGES = ("provenance", "commits", "policy")


def _note(sha: str, path: str, lines: str) -> str:
    record = {"agent_id": {"tool": "cursor", "id": "sess-1", "model": "gpt-5.5"},
              "human_author": "Ana <ana@example.org>", "total_additions": 9, "accepted_lines": 7,
              "overriden_lines": 2, "messages_url": "https://transcripts.example.org/1",
              "messages": [{"type": "user", "text": "MY-PROMPT"}]}  # fmt: skip
    meta = {"schema_version": "authorship/3.0.0", "git_ai_version": "1.3.0",
            "base_commit_sha": sha, "prompts": {"0123456789abcdef": record}}  # fmt: skip
    return f"{path}\n  0123456789abcdef {lines}\n---\n{json.dumps(meta)}"


def _history(git: GitRepo) -> tuple[str, str, str]:
    """A first commit, a pull request with a note on its head, and the squash that took it over."""
    owners = "/billing/ @acme/money\n"
    files = {"CODEOWNERS": owners, ".correlator.toml": POLICY, "billing/sum.py": "a = 1\n"}
    first = git.commit("Begin", files)
    git.branch("work")
    head = git.commit("Add VAT", {"billing/vat.py": "vat = 1\nrate = 2\nsum = 3\n"})
    git.note(head, _note(head, "billing/vat.py", "1-2"), "refs/notes/ai")
    git.update_ref("refs/pull/7/head", head)
    git.branch("main")
    squash = git.commit("Add VAT (#7)", {"billing/vat.py": "vat = 1\nrate = 2\nsum = 3\n"})
    git.run("branch", "-D", "work")
    return first, head, squash


@pytest.fixture
def shas(tmp_path: Path) -> tuple[GitRepo, tuple[str, str, str]]:
    git = GitRepo(tmp_path / "shop")
    return git, _history(git)


@pytest.fixture
def site(
    tmp_path: Path,
    sqlite_url: str,
    page: Page,
    shas: tuple[GitRepo, tuple[str, str, str]],
    live_server: Callable[[Any], AbstractContextManager[str]],
) -> Iterator[str]:
    """The address of a site that has surveyed that repository, and that the page sees."""
    git, (first, head, squash) = shas
    engine = open_engine(sqlite_url)
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url)
    world = World(settings=settings, engine=engine, now=lambda: NOW)
    with transaction(engine) as session:
        an_account(session)
        project: ProjectRow = a_project(session)
        repo = add_repo(session, "acme/shop", str(git.path), None, NOW)
        repo.fetched_at, repo.state = NOW, "ready"
        link_repo(session, project.id or 0, repo.id or 0)
        _told(session, project.id or 0, head, squash)
        for at, revision in ((1, first), (2, squash)):
            session.add(
                DeployRow(
                    project_id=project.id or 0,
                    service="shop",
                    environment="production",
                    release=str(at),
                    revision=revision,
                    at=START + timedelta(days=at),
                    received_at=NOW,
                )
            )
        repo_id = repo.id or 0
        issue = an_issue(session, project, first_release="2", wants_verdict=True)
        some_events(session, issue, _crash())
        issue_id = issue.id or 0
    mirror = mirror_directory(settings.mirrors, repo_id)
    mirror.parent.mkdir(parents=True, exist_ok=True)
    git.run("clone", "--quiet", "--mirror", str(git.path), str(mirror))
    drain(world, Next("survey", (repo_id,)))
    drain(world, Next("investigate", (issue_id,)))
    with live_server(create_app(replace(world), lambda _todo: None)) as url:
        page.goto(f"{url}/login")
        page.get_by_label("Mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Issues")).to_be_visible()
        yield url
    engine.dispose()


def _crash() -> Event:
    """At the second of three lines, of which the first two are an agent's."""
    frame = Frame(filename="billing/vat.py", function="rate", lineno=2, in_app=True)
    raised = Raised(type="ValueError", value="no rate", frames=(frame,))
    return an_event(release="2", exceptions=(raised,))


def _told(session: Any, project_id: int, head: str, squash: str) -> None:
    pull = PullRequest(forge="github", repository="acme/shop", number=7, updated_at=NOW,
                       state="merged", head=head, merge_commits=(squash,),
                       author=Actor(login="ana"))  # fmt: skip
    review = Review(forge="github", repository="acme/shop", number=7, key="1", said_at=NOW,
                    changed_at=NOW, reviewer=Actor(login="coderabbitai", is_machine=True),
                    opinion=Opinion.APPROVED, commit=head)  # fmt: skip
    keep_pull_request(session, project_id, pull)
    keep_review(session, project_id, review)
    told_in_full(session, project_id, pull)


def test_from_the_repositories_to_the_commits_behind_a_number_by_keyboard(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/repositories")
    page.get_by_role("link", name="acme/shop", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Who or what wrote it")
    part = page.locator("#of-commits ~ svg a").first
    part.focus()
    part.press("Enter")
    expect(page.locator(".heading")).to_contain_text("1 commit")
    page.get_by_role("link", name="Add VAT (#7)").press("Enter")
    expect(page.locator("#accountability")).to_be_visible()


def test_lines_that_only_a_bot_approved_lead_to_the_squash_that_brought_them(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/repositories/acme/shop/provenance")
    line = page.locator("#unsigned + p")
    expect(line).to_contain_text("2 were approved by bots alone or by nobody")
    line.get_by_role("link").first.click()
    expect(page.locator("table.list")).to_contain_text("only a machine approved, #7")


def test_the_change_page_tells_session_level_and_who_stands_behind_it(
    site: str, page: Page, shas: tuple[GitRepo, tuple[str, str, str]]
) -> None:
    page.goto(f"{site}/changes/acme/shop/{shas[1][2]}")
    expect(page.locator("main")).to_contain_text("Level: line")
    expect(page.locator("main")).to_contain_text("derived")
    sessions = page.get_by_role("region", name="Sessions")
    expect(sessions).to_contain_text("sess-1")
    expect(sessions).to_contain_text("1 turn")
    expect(sessions.get_by_role("link", name="open")).to_have_attribute(
        "href", "https://transcripts.example.org/1"
    )
    expect(page.locator("main")).to_contain_text("a machine's review is no sign-off")
    expect(page.locator("main")).to_contain_text("it touches billing/vat.py")
    assert "MY-PROMPT" not in page.content()


def test_the_gutter_tells_of_each_line_who_wrote_it_and_leads_to_the_change(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/issues/1")
    rows = page.get_by_role("group", name="billing/vat.py").locator("tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0).locator(".who.is-ai")).to_contain_text("AI")
    expect(rows.nth(0).get_by_title("a record of this very line")).to_be_visible()
    expect(rows.nth(1)).to_have_class(re.compile("crash"))
    expect(rows.nth(1).locator(".who.is-ai")).to_have_count(1)
    expect(rows.nth(2).locator(".who.is-unknown")).to_have_count(1)
    said = page.locator("details.said-of").first
    said.locator("summary").click()
    expect(said).to_contain_text("1–2")
    expect(said).to_contain_text("line level: a record of these very lines, derived")
    expect(said).to_contain_text("not tracked")
    rows.nth(0).get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Add VAT (#7)")


def test_the_panel_tells_reviews_owners_and_the_policy_of_a_change(
    site: str, page: Page, shas: tuple[GitRepo, tuple[str, str, str]]
) -> None:
    page.goto(f"{site}/changes/acme/shop/{shas[1][2]}#accountability")
    panel = page.locator("#accountability ~ *")
    text = " ".join(panel.all_inner_texts())
    for said in (
        "stands behind it",
        "Merged without any sign-off",
        "coderabbitai",
        "machine",
        "/billing/ line 1",
        "members of @acme/money are not known",
        "hands off",
        "Judged as it reached production",
    ):
        assert said in text, said


def test_the_policy_page_leads_from_a_rule_to_the_changes_that_broke_it(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/repositories/acme/shop/policy")
    page.locator(".rules li").get_by_role("link", name="Broken 1").press("Enter")
    expect(page.locator("main")).to_contain_text("Only rule hands off, broken: 1")
    expect(page.get_by_role("link", name="Add VAT (#7)")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(site: str, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size(PHONE)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for name in PAGES:
        page.goto(f"{site}/repositories/acme/shop/{name}")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
    assert refused == []
