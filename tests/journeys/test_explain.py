"""From an event to its culprit in the terminal, over a real repository, with no server."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from correlator.cli import cli
from correlator.cli._advice import advise
from correlator.cli.explain import read_event
from correlator.code.repo import Repo
from correlator.gate import Facts
from correlator.investigation import explain
from tests.gitrepo import GitRepo

CART = """\
class Cart:
    def __init__(self, rows):
        self.rows = rows

    def average_price(self):
        if not self.rows:
            return 0
        return self.total_price() / len(self.rows)

    def total_price(self):
        return sum(row.price for row in self.rows)
"""
BROKEN = CART.replace("        if not self.rows:\n            return 0\n", "")
PAGE = "from shop.cart import Cart\n\n\ndef show(rows):\n    return Cart(rows).average_price()\n"
TRACE = """\
Traceback (most recent call last):
  File "/srv/app/shop/page.py", line 5, in show
    return Cart(rows).average_price()
  File "/srv/app/shop/cart.py", line 6, in average_price
    return self.total_price() / len(self.rows)
ZeroDivisionError: division by zero
"""


class Shop:
    """A small history: the culprit removed a guard, so that blame cannot see it."""

    def __init__(self, repo: GitRepo) -> None:
        self.repo = repo
        repo.commit("Sell things", {"shop/cart.py": CART, "shop/page.py": PAGE, "a.txt": "1\n"})
        self.previous = repo.commit("Style", {"static/site.js": "const a = 1\n"})
        repo.commit("Log more", {"shop/log.py": "import logging\nLOG = logging.getLogger()\n"})
        self.culprit = repo.commit(
            "Simplify the average price",
            {"shop/cart.py": BROKEN},
            who="Bob <bob@example.org>",
            body="Co-authored-by: Claude <noreply@anthropic.com>",
        )
        repo.commit("Bump", {"setup.cfg": "[metadata]\nversion = 2\n"})
        self.deployed = repo.commit("Prices in euro", {"shop/money.py": "EURO = 1\n"})
        self.event = repo.path.parent / "event.txt"
        self.event.write_text(TRACE)

    def explain(self, *more: str, event: str | None = None, feed: str | None = None) -> Result:
        arguments = ["explain", "--repo", str(self.repo.path), "--event", event or str(self.event)]
        return run([*arguments, *more], feed)


def run(arguments: list[str], feed: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=feed)


@pytest.fixture
def shop(git_repo: GitRepo) -> Shop:
    return Shop(git_repo)


def in_range(shop: Shop) -> list[str]:
    return ["--deployed", shop.deployed, "--previous", shop.previous]


def test_the_commit_that_removed_the_guard_is_named_with_evidence(shop: Shop) -> None:
    done = shop.explain(*in_range(shop))
    assert done.exit_code == 0, done.output
    assert f"Culprit: {shop.culprit[:10]}" in done.output
    assert "Bob" in done.output
    assert "written by ai" in done.output
    assert "Cart.average_price()" in done.output
    assert ">    6 " in done.output


def test_json_says_the_same_and_the_rows_add_up(shop: Shop) -> None:
    told = json.loads(shop.explain(*in_range(shop), "--json").output)
    first = told["verdict"]["suspects"][0]
    assert first["sha"] == shop.culprit
    assert first["score"] == pytest.approx(sum(row["points"] for row in first["evidence"]))
    assert told["commits_in_range"] == 4
    assert told["provenance"][shop.culprit]["author"] == "ai"
    assert {at["path"] for at in told["locations"]} == {"shop/cart.py", "shop/page.py"}
    assert told["snippets"][0]["line"] == 6


def test_a_sentry_event_on_stdin_is_understood_too(shop: Shop) -> None:
    frames = [
        {"filename": "shop/page.py", "function": "show", "lineno": 5, "in_app": True},
        {"filename": "shop/cart.py", "function": "average_price", "lineno": 6, "in_app": True},
    ]
    raised = {"type": "ZeroDivisionError", "value": "x", "stacktrace": {"frames": frames}}
    payload = json.dumps({"event_id": "a" * 32, "exception": {"values": [raised]}})
    done = shop.explain(*in_range(shop), event="-", feed=payload)
    assert f"Culprit: {shop.culprit[:10]}" in done.output


def test_an_event_as_sentrys_api_tells_it_is_understood_too(shop: Shop) -> None:
    frames = [
        {"filename": "shop/page.py", "function": "show", "lineNo": 5, "inApp": True},
        {"filename": "shop/cart.py", "function": "average_price", "lineNo": 6, "inApp": True},
    ]
    raised = {"type": "ZeroDivisionError", "value": "x", "stacktrace": {"frames": frames}}
    entries = [{"type": "exception", "data": {"values": [raised]}}]
    payload = json.dumps({"id": "1", "eventID": "a" * 32, "entries": entries})
    done = shop.explain(*in_range(shop), event="-", feed=payload)
    assert f"Culprit: {shop.culprit[:10]}" in done.output


def test_without_the_deploy_before_the_culprit_is_still_a_near_suspect(shop: Shop) -> None:
    told = json.loads(shop.explain("--deployed", shop.deployed[:9], "--json").output)
    assert shop.culprit in [suspect["sha"] for suspect in told["verdict"]["suspects"][:2]]
    assert told["commits_in_range"] is None


def test_nothing_newer_than_the_deployed_revision_is_read(shop: Shop) -> None:
    fix = shop.repo.commit("Fix the average price", {"shop/cart.py": CART})
    done = shop.explain(*in_range(shop), "--json")
    assert fix not in done.output
    assert json.loads(done.output)["verdict"]["suspects"][0]["sha"] == shop.culprit


def test_a_trace_from_elsewhere_abstains_with_exit_code_1(shop: Shop) -> None:
    trace = TRACE.replace("/srv/app/shop/", "/usr/lib/python3.11/site-packages/requests/")
    done = shop.explain(*in_range(shop), event="-", feed=trace)
    assert done.exit_code == 1
    assert "No culprit named: no-frame-in-repository" in done.output


def test_a_path_that_climbs_out_maps_to_nothing_and_is_noted(shop: Shop) -> None:
    trace = TRACE.replace("/srv/app/shop/cart.py", "../../../etc/shop/cart.py")
    told = json.loads(shop.explain(*in_range(shop), "--json", event="-", feed=trace).output)
    assert {at["path"] for at in told["locations"]} == {"shop/page.py"}
    assert any("climbs out" in note for note in told["notes"])


def test_a_terminal_is_not_steered_by_what_a_commit_holds(shop: Shop) -> None:
    evil = BROKEN.replace("/ len(self.rows)", "/ len(self.rows) * len('\x1b[2J\x07')")
    assert evil != BROKEN
    deployed = shop.repo.commit("\x1b]0;owned\x07 rename", {"shop/cart.py": evil})
    done = shop.explain("--deployed", deployed, event="-", feed=TRACE)
    assert "rename" in done.output
    assert "\x1b]" not in done.output
    assert "\x07" not in done.output


def test_a_shallow_clone_says_so_and_never_accuses_its_edge(shop: Shop, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    shop.repo.run("clone", "-q", "--depth=1", f"file://{shop.repo.path}", str(shallow))
    arguments = ["explain", "--repo", str(shallow), "--event", str(shop.event)]
    done = run([*arguments, "--deployed", shop.deployed, "--json"])
    told: dict[str, Any] = json.loads(done.output)
    assert done.exit_code == 1
    assert shop.deployed not in [suspect["sha"] for suspect in told["verdict"]["suspects"]]
    assert any("shallow" in note for note in told["notes"])


@pytest.mark.parametrize(
    ("more", "feed", "words"),
    [
        (["--deployed", "f" * 40], TRACE, "is no commit of"),
        (["--deployed", "--all"], TRACE, "is no commit of"),
        (["--deployed", "no-such-branch"], TRACE, "is no commit of"),
        ([], "hello", "holds no Python, Node or Java traceback"),
        ([], "{not json", "looks like JSON but is not"),
        ([], "[1]", "not an object"),
        (["--root", "nonsense"], TRACE, "not of the form STACK=SOURCE"),
    ],
)
def test_bad_input_is_told_what_to_do(shop: Shop, more: list[str], feed: str, words: str) -> None:
    deployed = [] if "--deployed" in more else ["--deployed", shop.deployed]
    done = shop.explain(*deployed, *more, event="-", feed=feed)
    assert done.exit_code != 0
    assert words in str(done.exception)


def test_evaluate_writes_a_line_a_case_and_never_sees_a_label(shop: Shop, tmp_path: Path) -> None:
    frames = [{"filename": "shop/cart.py", "function": "average_price", "lineno": 6}]
    case = {
        "id": "shop-1-fresh",
        "repo": "acme/shop",
        "deployed_sha": shop.deployed,
        "previous_deploy_sha": shop.previous,
        "event": {"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}},
    }
    answers = []
    for labels in ({}, {"culprit_shas": ["0" * 40], "fix_sha": "1" * 40}):
        cases, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
        cases.write_text(json.dumps({**case, **labels}) + "\n")
        arguments = ["evaluate", "culprits", str(cases), "--out", str(out)]
        done = run([*arguments, "--repo", f"acme/shop={shop.repo.path}"])
        assert done.exit_code == 0, done.output
        answers.append(json.loads(out.read_text()))
        assert answers[-1].pop("seconds") > 0
    assert answers[0] == answers[1]
    assert answers[0]["ranked"][0] == shop.culprit
    assert set(answers[0]) == {"id", "ranked", "confidence", "abstained"}


def test_a_revision_may_be_named_as_one_names_it_to_git(shop: Shop) -> None:
    by_hash = shop.explain("--deployed", shop.deployed, "--previous", shop.previous, "--json")
    by_name = shop.explain("--deployed", "HEAD", "--previous", "HEAD~4", "--json")
    named, hashed = json.loads(by_name.stdout), json.loads(by_hash.stdout)
    assert (named.pop("seconds", 0), hashed.pop("seconds", 0)) != (None, None)
    assert named == hashed


def test_a_directory_that_is_no_repository_is_named_as_that(tmp_path: Path) -> None:
    event = tmp_path / "event.txt"
    event.write_text(TRACE)
    done = run(["explain", "--repo", str(tmp_path), "--event", str(event), "--deployed", "HEAD"])
    assert "is not a git repository" in str(done.exception)


def test_commits_of_one_pull_request_are_one_suspect_in_the_terminal(git_repo: GitRepo) -> None:
    shop = Shop(git_repo)
    git_repo.branch("averages")
    git_repo.commit("Average of gross", {"shop/cart.py": BROKEN.replace("price for", "gross for")})
    git_repo.commit("Round", {"shop/cart.py": BROKEN.replace("len(", "0 + len(")})
    git_repo.branch("main")
    merged = git_repo.merge("averages", "Merge pull request #31 from shop/averages\n\nAverages")
    said = shop.explain("--deployed", merged, "--previous", shop.deployed)
    assert "pull request #31" in said.output
    assert "Averages  (3 commits)" in said.output
    assert "1a. " in said.output
    assert "1b. " in said.output


def test_it_says_whom_to_ask_and_what_to_go_back_to(shop: Shop) -> None:
    said = shop.explain(*in_range(shop)).output
    assert "Next: Ask Bob, author of the commit." in said
    assert f"Roll back to {shop.previous[:10]}? The deploy before does not contain it." in said
    advice = json.loads(shop.explain(*in_range(shop), "--json").output)["advice"]
    assert (advice["ask"], advice["roll_back_to"]) == ("Bob", shop.previous)


def test_no_roll_back_is_advised_where_nobody_said_what_ran_before(shop: Shop) -> None:
    done = shop.explain("--deployed", shop.deployed)
    assert "Roll back to" not in done.output
    assert "--previous COMMIT" in done.output


def test_no_roll_back_is_advised_to_a_deploy_that_has_the_change_already(shop: Shop) -> None:
    repo, event = Repo(shop.repo.path), read_event(TRACE.encode())
    told = explain(repo, event, deployed=shop.deployed, previous=shop.previous)
    first, *others = told.verdict.suspects
    older = replace(told.verdict, suspects=(replace(first, in_range=False), *others))
    advice = advise(repo, replace(told, verdict=older), Facts())
    assert advice.roll_back_to is None
    assert "would not remove it" in advice.text[-1]


def test_without_a_culprit_it_says_what_would_help(shop: Shop) -> None:
    done = shop.explain(*in_range(shop), event="-", feed='{"message": "boom"}')
    assert done.exit_code == 1
    assert "attach_stacktrace" in done.output


def test_json_that_is_no_event_is_refused(shop: Shop) -> None:
    done = shop.explain(*in_range(shop), event="-", feed='{"a": 1}')
    assert "no Sentry event" in str(done.exception)


def test_the_repository_may_be_where_one_stands(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.repo.path)
    done = run(["explain", "--repo", ".", "--event", str(shop.event), *in_range(shop)])
    assert done.exit_code == 0, done.output
    assert f"Culprit: {shop.culprit[:10]}" in done.output
