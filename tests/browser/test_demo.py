"""The demo, end to end: real code throws, the real SDK sends, the page names the change."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.servers import wait_until

# One process plays the demo for all tests of this file.
pytestmark = [
    pytest.mark.broker,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("demo"),
]
PLAYED = 240.0


@dataclass
class Demo:
    """A demo that has been played and still runs."""

    address: str
    email: str
    password: str
    truths: dict[str, dict[str, Any]]
    said: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("play") / "demo"
    output = home.parent / "demo.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "correlator", "demo", "--port", "0", "--data-dir", str(home)],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or "Ctrl-C stops" in output.read_text(),
            "The demo",
            PLAYED,
        )
        said = output.read_text()
        assert process.poll() is None, said
        yield the_demo(said, home)
    finally:
        process.terminate()
        assert process.wait(60) == 0


def the_demo(said: str, home: Path) -> Demo:
    address = re.search(r"is up: (\S+)", said)
    login = re.search(r"Log in as (\S+) with the password (\S+)", said)
    assert address is not None
    assert login is not None
    truths = {one["incident"]: one for one in json.loads((home / "expected.json").read_text())}
    return Demo(address[1], login[1], login[2], truths, said)


@pytest.fixture
def inside(page: Page, demo: Demo) -> Page:
    page.goto(f"{demo.address}/login")
    page.get_by_label("Mail address").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{demo.address}/")
    return page


def twin(page: Page, demo: Demo, path: str) -> Any:
    answer = page.request.get(demo.address + path)
    assert answer.status == 200
    return answer.json()


def issues_of(page: Page, demo: Demo, incident: str) -> list[dict[str, Any]]:
    truth = demo.truths[incident]
    found = [
        issue
        for issue in twin(page, demo, "/index.json?status=all")["issues"]
        if (issue["release"], issue["type"]) == (truth["release"], truth["type"])
    ]
    assert found
    return found


NAMED = ("loyalty", "lookup", "empty-cart", "currency", "norway", "units", "refunds")


@pytest.mark.parametrize("incident", NAMED)
def test_the_page_names_the_change_that_did_it(inside: Page, demo: Demo, incident: str) -> None:
    truth = demo.truths[incident]
    (issue,) = issues_of(inside, demo, incident)
    shown = twin(inside, demo, f"/issues/{issue['id']}.json")
    lead = shown["verdict"]["lead"]
    ranked = [(one["subject"], round(one["probability"], 2)) for one in shown["suspects"]]
    assert lead is not None, shown["verdict"]
    assert lead["sha"] == truth["culprit"], ranked
    assert lead["provenance"]["author"] == truth["author"]
    assert truth["tool"] is None or truth["tool"] in lead["provenance"]["tools"]
    assert sum(row["points"] for row in lead["evidence"]) == pytest.approx(lead["score"])

    inside.goto(demo.address + issue["url"])
    expect(inside.locator("#verdict-title")).to_contain_text(lead["subject"])


def test_a_partner_that_is_gone_is_blamed_on_nobody(inside: Page, demo: Demo) -> None:
    for issue in issues_of(inside, demo, "partner-gone"):
        assert issue["verdict"]["state"] == "abstained", issue["verdict"]
        assert issue["verdict"]["lead"] is None
        inside.goto(demo.address + issue["url"])
        expect(inside.get_by_text("No culprit named", exact=True)).to_be_visible()


def test_the_failed_fix_shows_as_the_same_issue_in_the_next_release(
    inside: Page, demo: Demo
) -> None:
    (issue,) = issues_of(inside, demo, "refunds")
    events = twin(inside, demo, f"/issues/{issue['id']}/events.json")["events"]
    assert {event["release"] for event in events} == {"checkout@1.8.0", "checkout@1.8.1"}


def test_each_incident_is_one_issue_and_nothing_else_is(inside: Page, demo: Demo) -> None:
    issues = twin(inside, demo, "/index.json?status=all")["issues"]
    known = {(truth["release"], truth["type"]) for truth in demo.truths.values()}
    known.add(("checkout@1.8.2", "ConnectionRefusedError"))
    assert {(issue["release"], issue["type"]) for issue in issues} == known
    assert [issue for issue in issues if issue["verdict"]["state"] == "waiting"] == []


def test_the_terminal_tells_the_play_and_where_to_look(demo: Demo) -> None:
    assert "deploy 10 of 10: checkout@1.8.2" in demo.said
    assert "CHECKOUT-1  ZeroDivisionError: Thank loyal customers" in demo.said
