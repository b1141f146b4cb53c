"""The gate in a throw-away clone with nothing but the command: verdicts, exit codes, Markdown."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from correlator.cli import cli
from correlator.errors import Permanent
from tests.gitrepo import GitRepo

ROOT = Path(__file__).resolve().parents[2]
ANA = "Ana Ortiz <ana@example.org>"
BEN = "Ben Roe <7+ben@users.noreply.github.com>"
AGENT = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
POLICY = """
[groups]
senior = ["@sam", "sam@example.org"]

[[approval]]
name = "AI in billing"
paths = ["/billing/"]
provenance = ["ai", "mixed"]
approvers = 2
groups = {senior = 1}

[[untouchable]]
name = "no agent in migrations"
paths = ["migrations/"]
provenance = ["ai", "mixed"]
"""


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Beginnings", {".correlator.toml": POLICY, "billing/sum.py": "a = 1\n"}, who=ANA)
    return made


def gate(repo: GitRepo, since: str, *more: str) -> Result:
    found = CliRunner().invoke(cli, ["gate", "--repo", str(repo.path), "--from", since, *more])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def told(repo: GitRepo, since: str, *more: str) -> Any:
    return json.loads(gate(repo, since, "--json", *more).output)


def pull(number: int, head: str, merge: str | None, *reviews: tuple[str, str, str]) -> Any:
    """What GitHub's API says of a pull request of Ana's: reviews are (login, state, commit)."""
    return {
        "pull_request": {
            "number": number,
            "state": "closed" if merge else "open",
            "updated_at": "2026-01-06T10:00:00Z",
            "created_at": "2026-01-06T08:00:00Z",
            "merged_at": "2026-01-06T10:00:00Z" if merge else None,
            "merge_commit_sha": merge,
            "user": {"login": "ana", "id": 1, "type": "User"},
            "head": {"sha": head, "ref": "work"},
            "base": {"ref": "main", "repo": {"full_name": "acme/shop"}},
        },
        "reviews": [
            {
                "id": at + 1,
                "user": {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"},
                "state": state,
                "commit_id": commit,
                "submitted_at": f"2026-01-06T09:{at:02}:00Z",
            }
            for at, (login, state, commit) in enumerate(reviews)
        ],
    }


def facts(tmp_path: Path, *pulls: Any) -> str:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(list(pulls)))
    return str(file)


HEAD = "b" * 40
BOTH = (("sam", "APPROVED", HEAD), ("ben", "APPROVED", HEAD))


def test_a_change_that_no_rule_speaks_of_is_kept(repo: GitRepo) -> None:
    since = repo.head
    repo.commit("Say hello (#1)", {"hello.py": "print('hello')\n"}, who=ANA)
    found = gate(repo, since)
    assert found.exit_code == 0
    assert "Policy kept (1 change: 1 kept)" in found.output


def test_a_range_without_a_change_is_not_called_kept(repo: GitRepo) -> None:
    head = repo.commit("Policy", {".correlator.toml": "[policy]\n"})
    found = gate(repo, head)
    assert found.exit_code == 0
    assert found.output.startswith("Nothing to judge: both ends of the range are ")
    assert "kept" not in found.output
    assert "Nothing to judge" in gate(repo, head, "--markdown").output


def test_enough_sign_offs_of_the_right_people_keep_the_rule(repo: GitRepo, tmp_path: Path) -> None:
    since = repo.head
    sha = repo.commit("Round sums (#4)", {"billing/sum.py": "a = 2\n"}, who=ANA, body=AGENT)
    given = facts(
        tmp_path, pull(4, HEAD, sha, ("sam", "APPROVED", HEAD), ("ben", "APPROVED", HEAD))
    )
    assert gate(repo, since, "--facts", given).exit_code == 0
    (change,) = told(repo, since, "--facts", given)["changes"]
    assert change["pull_request"] == 4
    assert [one["outcome"] for one in change["rulings"]] == ["kept"]
    assert change["accountability"]["human"]["because"] == "author of the commit"
    assert change["accountability"]["review_seconds"] == 3600


@pytest.mark.parametrize(
    ("reviews", "why"),
    [
        ((("ben", "APPROVED", HEAD), ("eve", "APPROVED", HEAD)), "1 from senior wanted, 0 given"),
        ((("sam", "APPROVED", HEAD),), "2 sign-offs wanted, 1 given"),
        ((("sam", "APPROVED", HEAD), ("ben", "APPROVED", "c" * 40)), "but the branch was at bbb"),
        ((("sam", "APPROVED", HEAD), ("ana", "APPROVED", HEAD)), "a pull request of their own"),
        ((("sam", "APPROVED", HEAD), ("coderabbitai[bot]", "APPROVED", HEAD)), "a machine's"),
        ((("sam", "APPROVED", HEAD), ("ben", "DISMISSED", HEAD)), "1 given"),
        (
            (*BOTH, ("eve", "CHANGES_REQUESTED", HEAD)),
            "@eve asked for changes",
        ),
        (
            (*BOTH, ("ben", "CHANGES_REQUESTED", HEAD)),
            "1 given",
        ),
    ],
)  # fmt: skip
def test_what_is_no_sign_off_does_not_count(
    repo: GitRepo, tmp_path: Path, reviews: tuple[tuple[str, str, str], ...], why: str
) -> None:
    since = repo.head
    sha = repo.commit("Round sums (#4)", {"billing/sum.py": "a = 2\n"}, who=ANA, body=AGENT)
    given = facts(tmp_path, pull(4, HEAD, sha, *reviews))
    found = gate(repo, since, "--facts", given)
    assert found.exit_code == 1
    assert "Policy broken" in found.output
    assert why in found.output


def test_a_later_comment_takes_no_approval_back(repo: GitRepo, tmp_path: Path) -> None:
    since = repo.head
    sha = repo.commit("Round sums (#4)", {"billing/sum.py": "a = 2\n"}, who=ANA, body=AGENT)
    reviews = [("sam", "APPROVED", HEAD), ("ben", "APPROVED", HEAD), ("ben", "COMMENTED", HEAD)]
    given = facts(tmp_path, pull(4, HEAD, sha, *reviews))
    assert gate(repo, since, "--facts", given).exit_code == 0


def test_without_a_forges_word_a_lack_of_sign_offs_cannot_be_told(repo: GitRepo) -> None:
    since = repo.head
    repo.commit("Round sums (#4)", {"billing/sum.py": "a = 2\n"}, who=ANA, body=AGENT)
    found = gate(repo, since)
    assert found.exit_code == 2
    assert "nobody told us of all the forge's reviews" in found.output


def test_trailers_of_the_message_are_sign_offs_but_not_of_its_author(repo: GitRepo) -> None:
    since = repo.head
    repo.commit(
        "Round sums",
        {"billing/sum.py": "a = 2\n"},
        who=ANA,
        body=f"{AGENT}\nReviewed-by: Sam <sam@example.org>\nReviewed-by: {BEN}",
    )
    assert gate(repo, since).exit_code == 0
    repo.commit(
        "Round more",
        {"billing/sum.py": "a = 3\n"},
        who=ANA,
        body=f"{AGENT}\nReviewed-by: Sam <sam@example.org>\nReviewed-by: {ANA}",
    )
    (newest, _) = told(repo, since)["changes"]
    assert newest["outcome"] == "cannot-tell"
    assert {one["who"]: one["state"] for one in newest["accountability"]["sign_offs"]} == {
        "Sam": "counts",
        "Ana Ortiz": "own-work",
    }


def test_a_name_in_the_message_does_not_stand_in_for_a_review_that_the_forge_would_know(
    repo: GitRepo, tmp_path: Path
) -> None:
    since = repo.head
    body = f"{AGENT}\nReviewed-by: Sam <sam@example.org>\nReviewed-by: {BEN}"
    sha = repo.commit("Round sums (#4)", {"billing/sum.py": "a = 2\n"}, who=ANA, body=body)
    assert gate(repo, since).exit_code == 0
    found = gate(repo, since, "--facts", facts(tmp_path, pull(4, HEAD, sha)))
    assert found.exit_code == 1
    assert "knows of none by them" in found.output


def test_an_agent_that_touches_what_it_must_not_breaks_the_policy(repo: GitRepo) -> None:
    since = repo.head
    repo.commit("Add a column", {"db/migrations/2.sql": "alter\n"}, who=ANA, body=AGENT)
    found = gate(repo, since)
    assert found.exit_code == 1
    assert "no agent in migrations: it touches db/migrations/2.sql" in found.output


def test_where_nobody_says_who_wrote_it_the_rule_cannot_be_told(repo: GitRepo) -> None:
    since = repo.head
    repo.commit("Add a column", {"db/migrations/2.sql": "alter\n"}, who=ANA)
    (change,) = told(repo, since)["changes"]
    assert change["rulings"][0]["outcome"] == "cannot-tell"
    assert "it is not recorded who wrote it" in change["rulings"][0]["because"]


def test_commits_of_a_merged_branch_share_its_reviews_and_the_bare_merge_is_no_change(
    repo: GitRepo, tmp_path: Path
) -> None:
    since = repo.head
    repo.branch("work")
    repo.commit("One", {"billing/sum.py": "a = 2\n"}, who=ANA, body=AGENT)
    head = repo.commit("Two", {"billing/more.py": "b = 2\n"}, who=ANA, body=AGENT)
    repo.branch("main")
    direct = repo.commit("Straight to main", {"billing/x.py": "c = 1\n"}, who=ANA, body=AGENT)
    merge = repo.merge("work", "Merge pull request #9 from acme/work", who=BEN)
    given = facts(
        tmp_path, pull(9, head, merge, ("sam", "APPROVED", head), ("eve", "APPROVED", head))
    )
    found = {one["sha"]: one for one in told(repo, since, "--facts", given)["changes"]}
    assert merge not in found
    assert [found[sha]["outcome"] for sha in found if sha != direct] == ["kept", "kept"]
    assert found[direct]["pull_request"] is None
    assert found[direct]["outcome"] == "cannot-tell"


def test_a_change_is_judged_by_the_policy_from_before_it(repo: GitRepo) -> None:
    since = repo.head
    softer = POLICY.replace("[[untouchable]]", "[[canary]]").replace('paths = ["migrations/"]', "")
    repo.commit(
        "Soften the policy, use it",
        {".correlator.toml": softer, "migrations/3.sql": "drop\n"},
        who=ANA,
        body=AGENT,
    )
    assert gate(repo, since).exit_code == 1
    assert since[:12] in told(repo, since)["policy"]


def test_history_speaks_of_files_that_needed_fixes(repo: GitRepo) -> None:
    for number in range(6):
        subject = "Fix rounding" if number % 2 else "Add a sum"
        repo.commit(subject, {"sums.py": f"a = {number}\n"}, who=ANA)
    repo.commit('Revert "Add a sum"', {"sums.py": "a = 7\n"}, who=ANA)
    for number in range(12):
        repo.commit("Write", {"prose.md": f"{number}\n"}, who=ANA)
    since = repo.head
    repo.commit("Sum anew", {"sums.py": "a = 8\n"}, who=ANA)
    risk = told(repo, since)["risk"]
    assert risk["level"] == "raised"
    assert risk["files"] == [
        {"path": "sums.py", "changes": 7, "fixes": 3, "reverts": 1, "issues": 0}
    ]


def test_markdown_lets_nothing_out_of_its_cells(repo: GitRepo) -> None:
    since = repo.head
    repo.commit(
        "Evil ` | @everyone <img src=x>", {"migrations/`x|y`.sql": "x\n"}, who=ANA, body=AGENT
    )
    text = gate(repo, since, "--markdown").output
    assert text.startswith("### ❌ Policy broken")
    (row,) = [line for line in text.splitlines() if line.startswith("| ❌")]
    assert "`Evil ' \\| @everyone <img src=x>`" in row
    assert row.replace("\\|", "").count("|") == 6


def test_control_characters_do_not_reach_the_terminal(repo: GitRepo) -> None:
    since = repo.head
    repo.commit("Add \x1b[31mred", {"migrations/a.sql": "x\n"}, who=ANA, body=AGENT)
    assert "\x1b" not in gate(repo, since).output


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("[[approval]\n", "is not TOML"),
        ('[[aproval]]\nname = "x"\n', "line 1: there is no table 'aproval'; is 'approval' meant"),
        ('[[approval]]\nname = "x"\napprover = 2\n', "line 3: .*is 'approvers' meant"),
        ('[[approval]]\nname = "x"\ngroups = {boss = 1}\n', "line 3: .*'boss' is not in"),
        ('[[freeze]]\nname = "x"\nsince = 2026-01-02\nuntil = 2026-01-01\n', "line 4: .*before"),
        ('[policy]\nzone = "Mars/Base"\n', "line 2: .*'Mars/Base' is no time zone"),
        ('[[untouchable]]\nname = "x"\n', "say which files"),
        ('[[waiver]]\nrule = "x"\n', "line 2: .*there is no rule 'x'"),
    ],
)
def test_a_bad_policy_is_named_by_line_and_key(
    repo: GitRepo, tmp_path: Path, policy: str, message: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(policy)
    with pytest.raises(Permanent, match=message):
        gate(repo, "HEAD", "--policy", str(file))


def test_without_a_policy_the_gate_says_what_to_do(repo: GitRepo) -> None:
    repo.commit("Drop it", {".correlator.toml": None}, who=ANA)
    since = repo.head
    repo.commit("Next", {"a": "1"}, who=ANA)
    with pytest.raises(Permanent, match="name a file with --policy"):
        gate(repo, since)


def test_a_canary_must_have_held(repo: GitRepo, tmp_path: Path) -> None:
    since = repo.head
    sha = repo.commit("Sum (#1)", {"sum.py": "a = 2\n"}, who=ANA, body=AGENT)
    file = tmp_path / "policy.toml"
    file.write_text(
        '[[canary]]\nname = "canary"\nprovenance = ["ai", "mixed"]\nhold_minutes = 60\n'
    )
    asked = (repo, since, "--policy", str(file), "--at", "2026-01-06T12:00:00Z")
    assert gate(*asked).exit_code == 2
    assert gate(*asked, "--canary", since).exit_code == 1
    assert gate(*asked, "--canary", sha).exit_code == 0
    assert gate(*asked, "--canary", sha, "--canary-since", "2026-01-06T11:30:00Z").exit_code == 1
    assert gate(*asked, "--canary", sha, "--canary-since", "2026-01-06T10:30:00Z").exit_code == 0
    assert gate(*asked, "--environment", "canary").exit_code == 0


def test_freezes_windows_and_waivers(repo: GitRepo, tmp_path: Path) -> None:
    since = repo.head
    sha = repo.commit("Sum", {"sum.py": "a = 2\n"}, who=ANA)
    file = tmp_path / "policy.toml"
    file.write_text(
        f"""
        [policy]
        zone = "Europe/Berlin"
        [[freeze]]
        name = "holidays"
        since = 2026-12-24T18:00:00
        until = 2026-12-26
        [[window]]
        name = "working hours"
        days = ["mon", "tue", "wed", "thu"]
        since = "09:00"
        until = "16:00"
        [[waiver]]
        rule = "working hours"
        by = "Sam"
        reason = "the till is down"
        expires = 2026-03-01
        commits = ["{sha[:10]}"]
        """
    )

    def at(moment: str) -> dict[str, tuple[str, bool]]:
        (change,) = told(repo, since, "--policy", str(file), "--at", moment)["changes"]
        return {one["rule"]: (one["outcome"], bool(one["waived"])) for one in change["rulings"]}

    assert at("2026-12-23T14:59:00Z")["working hours"] == ("kept", False)  # 15:59 in Berlin
    assert at("2026-12-23T15:00:00Z")["working hours"] == ("broken", False)
    assert at("2026-12-24T17:00:00Z")["holidays"] == ("broken", False)
    assert at("2026-12-26T22:59:00Z")["holidays"] == ("broken", False)
    assert at("2026-12-26T23:00:00Z")["holidays"] == ("kept", False)
    assert at("2026-03-01T20:00:00Z")["working hours"] == ("kept", True)  # the day itself counts
    assert at("2026-03-01T23:00:00Z")["working hours"] == ("broken", False)


def test_a_waiver_is_shown_with_its_name_reason_and_end_in_every_form(
    repo: GitRepo, tmp_path: Path
) -> None:
    since = repo.head
    shas = [
        repo.commit(word, {f"migrations/{word}.sql": "a"}, who=ANA, body=AGENT)
        for word in ("one", "two")
    ]
    file = tmp_path / "policy.toml"
    waiver = (
        '[[waiver]]\nrule = "no agent in migrations"\nby = "Sam `Lee`"\n'
        'reason = "the till | is down"\nexpires = 2026-12-02\npaths = ["migrations/"]\n'
    )
    file.write_text(POLICY + waiver)
    asked = (repo, since, "--policy", str(file), "--at", "2026-11-21T10:00:00Z")
    found = told(*asked)
    assert (found["outcome"], gate(*asked).exit_code) == ("kept", 0)
    assert found["waivers"] == [
        {
            "rule": "no agent in migrations",
            "by": "Sam `Lee`",
            "reason": "the till | is down",
            "until": "2026-12-03T00:00:00+00:00",
            "changes": shas[::-1],
        }
    ]
    ruling = found["changes"][0]["rulings"][0]
    assert (ruling["outcome"], ruling["waiver"]["by"]) == ("kept", "Sam `Lee`")
    assert "it touches migrations/" in ruling["because"], "what was excused stays told"
    words = "for 2 changes, by Sam `Lee` until 2026-12-03 00:00 UTC: the till | is down"
    assert f"Waived: no agent in migrations, {words}" in gate(*asked).output
    markdown = gate(*asked, "--markdown").output
    assert "**Waived:** `no agent in migrations` `for 2 changes, by Sam 'Lee' until" in markdown


def test_the_documented_policy_is_one_and_judges(repo: GitRepo, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "policy.md").read_text()
    file = tmp_path / "policy.toml"
    file.write_text(text.split("```toml\n")[1].split("```")[0])
    since = repo.head
    repo.commit("Edit", {".github/workflows/ci.yml": "on: push\n"}, who=ANA, body=AGENT)
    at = ("--at", "2026-11-24T10:00:00Z")
    (change,) = told(repo, since, "--policy", str(file), *at)["changes"]
    assert {one["rule"]: one["outcome"] for one in change["rulings"]} == {
        "no agent in migrations": "broken",
        "AI goes to the canary first": "cannot-tell",
        "holidays": "kept",
        "working hours": "kept",
    }


def test_a_throw_away_clone_and_the_command_are_all_it_takes(repo: GitRepo, tmp_path: Path) -> None:
    begun = repo.head
    for subject, file, body in (
        ("Kept", "hello.py", ""),
        ("Cannot tell", "billing/sum.py", AGENT),
        ("Broken", "migrations/1.sql", AGENT),
    ):
        repo.commit(subject, {file: subject}, who=ANA, body=body)
    home = tmp_path / "home"
    home.mkdir()
    clone = tmp_path / "clone"
    repo.run("clone", "--quiet", f"file://{repo.path}", str(clone))
    bare = {"PATH": os.environ["PATH"], "HOME": str(home)}

    def judged(since: str, until: str) -> subprocess.CompletedProcess[str]:
        """In a process of its own, that nobody has set anything up for."""
        words = ["gate", "--repo", str(clone), "--from", since, "--to", until, "--markdown"]
        return subprocess.run(
            [sys.executable, "-m", "correlator", *words],
            cwd=home,
            env=bare,
            capture_output=True,
            text=True,
            check=False,
        )

    kept, untold, broken = (judged(begun, f"HEAD~{back}") for back in (2, 1, 0))
    assert [one.returncode for one in (kept, untold, broken)] == [0, 2, 1]
    assert kept.stdout.startswith("### ✅ Policy kept")
    assert untold.stdout.startswith("### ❔ Policy cannot tell")
    assert broken.stdout.startswith("### ❌ Policy broken")
    assert "Risk from history" in broken.stdout
    bad = judged("nowhere", "HEAD")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "has no revision 'nowhere'" in bad.stderr
    assert list(home.iterdir()) == [], "it leaves nothing behind"
