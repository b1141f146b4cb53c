"""What a repository declares in ``.correlator.toml`` about who writes what."""

import time
from pathlib import Path

import pytest

from correlator.code.commits import read_commits
from correlator.code.repo import Repo
from correlator.investigation.recorded import Judged, judge_commits, judge_origins
from correlator.provenance.declared import matches, read_declared
from tests.gitrepo import GitRepo

JANE = "Jane Roe <jane@example.net>"
JOE = "Joe Doe <joe@example.net>"
CLAUDE = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
POLICY = """
[policy]
unknown = "is read by others"

[provenance]
bots = ["release@example.net"]
human = ["Jane Roe <jane@example.net>"]

[provenance.tools]
acme-coder = ["coder@example.net"]

[provenance.trailers]
Written-with = "ai"

[provenance.paths]
"generated/**" = "automation"
"""


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("policy", {".correlator.toml": POLICY}, who=JOE)
    return made


def judged(repo: GitRepo, at: str = "HEAD") -> dict[str, Judged]:
    found = read_commits(repo.path)
    return {one.commit.subject: one for one in judge_commits(repo.path, found, at=at)}


def test_declared_people_bots_and_agents_are_what_they_are_declared_to_be(repo: GitRepo) -> None:
    repo.commit("by jane", {"a.py": "1\n"}, who=JANE)
    repo.commit("by joe", {"a.py": "2\n"}, who=JOE)
    repo.commit("release", {"a.py": "3\n"}, who="Releases <release@example.net>")
    repo.commit("agent", {"a.py": "4\n"}, who="Coder <coder@example.net>")
    body = "Co-authored-by: Coder <coder@example.net>"
    repo.commit("with agent", {"a.py": "5\n"}, who=JOE, body=body)
    found = {name: one.provenance.author.value for name, one in judged(repo).items()}
    assert found == {
        "policy": "unknown",
        "by jane": "human",
        "by joe": "unknown",
        "release": "automation",
        "agent": "ai",
        "with agent": "ai",
    }
    assert judged(repo)["with agent"].provenance.tools == ("acme-coder",)


def test_a_declaration_outranks_no_record_of_an_agent(repo: GitRepo) -> None:
    repo.commit("with claude", {"a.py": "1\n"}, who=JANE, body=CLAUDE)
    answer = judged(repo)["with claude"].provenance
    assert answer.author == "ai"
    assert "outranks" in answer.because


def test_own_trailers_name_the_tool_and_may_deny(repo: GitRepo) -> None:
    repo.commit("yes", {"a.py": "1\n"}, who=JOE, body="Written-with: Claude Code")
    repo.commit("no", {"a.py": "2\n"}, who=JOE, body="Written-with: none")
    found = judged(repo)
    assert (found["yes"].provenance.author, found["yes"].provenance.tools) == ("ai", ("claude",))
    assert found["no"].provenance.author == "human"


def test_a_path_declares_its_lines_and_a_commit_only_if_it_touches_nothing_else(
    repo: GitRepo,
) -> None:
    repo.commit("only", {"generated/x/a.py": "1\n"}, who=JOE)
    repo.commit("both", {"generated/b.py": "1\n", "c.py": "1\n"}, who=JOE)
    found = judged(repo)
    assert found["only"].provenance.author == "automation"
    assert found["both"].provenance.author == "unknown"
    here = Repo(repo.path)
    for path, author in (("generated/b.py", "automation"), ("c.py", "unknown")):
        origins = here.blame(repo.head, path)
        commits = tuple(here.commits(one.sha for one in origins).values())
        _, lines = judge_origins(repo.path, commits, origins)
        assert [lines[one].author for one in origins] == [author]


def test_the_policy_is_that_of_the_revision_that_is_asked_for(repo: GitRepo) -> None:
    repo.commit("by jane", {"a.py": "1\n"}, who=JANE)
    before = repo.head
    repo.commit("no policy", {".correlator.toml": None}, who=JOE)
    assert judged(repo, at=before)["by jane"].provenance.author == "human"
    assert judged(repo)["by jane"].provenance.author == "unknown"


def test_a_policy_that_cannot_be_read_is_reported_and_changes_nothing(repo: GitRepo) -> None:
    repo.commit("bad", {".correlator.toml": "[provenance\nbots = ["}, who=JANE)
    one = judged(repo)["bad"]
    assert one.provenance.author == "unknown"
    assert [problem.where for problem in one.problems] == [".correlator.toml"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[provenance]\nbots = 5", "must be a list"),
        ("[provenance]\nrobots = []", "has no 'robots'"),
        ('[provenance.paths]\n"x" = "alien"', "must be one of ai, human, automation"),
        ("provenance = 3", "no table"),
        ("[provenance]\ntools = []", "no table"),
        ("x" * 300_000, "more than"),
        ("a = " + "[" * 5000, "no TOML"),
    ],
)
def test_what_is_amiss_is_named_and_the_rest_holds(text: str, why: str) -> None:
    assert any(why in one for one in read_declared(text).problems)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("docs/", "docs/a/b.md", True),
        ("docs", "src/docs/b.md", True),
        ("/docs", "src/docs/b.md", False),
        ("*.py", "a/b/c.py", True),
        ("src/*.py", "src/a/b.py", False),
        ("src/**/*.py", "src/a/b/c.py", True),
        ("src/**", "src/a", True),
        ("src/**", "lib/a", False),
    ],
)
def test_patterns_are_those_of_codeowners(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


def test_no_pattern_is_slow() -> None:
    began = time.perf_counter()
    assert not matches("/".join(["**", "a*"] * 40 + ["z"]), "/".join(["ab"] * 300))
    assert not matches("*a" * 40 + "b", "a" * 5000)
    assert time.perf_counter() - began < 2
