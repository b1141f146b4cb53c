"""One repository after everything that git and a forge do to commits: line by line, in one table.

What the formats' own rules say of a line: a record of the line counts for the commit that wrote
it, at the path and line in that commit (rename, move, merge and formatting only lead there); what
was squashed, rebased or copied is carried over by content and marked as derived; a line that a
record of its commit leaves out is not tracked, which is unknown.
"""

import json
from pathlib import Path

import pytest

from correlator.code.commits import read_commits
from correlator.code.repo import Repo
from correlator.investigation.recorded import judge_commits, judge_origins
from tests.gitrepo import GitRepo
from tests.journeys.test_squash import CLAUDE, JANE, JOE, judged, log, squashed

# (line at the end, its answer; a dot: a record of the line; a tilde: derived), top to bottom.
TABLE = {
    "main.py": [
        ("import os", "unknown"),  # written by nobody knows whom, before anything was recorded
        ("direct = load(1)", "ai."),  # noted, never rewritten
        ("squashed = load(2)", "ai.~"),  # noted on a pull request's head, squashed
        ("squashed_by_hand = load(3)", "unknown."),  # the note of that commit leaves it out
        ("rebased = load(4)", "ai.~"),  # noted before a rebase
        ("picked = load(5)", "ai.~"),  # noted before a cherry-pick
        ("merged = load(6)", "ai."),  # noted, then merged: the commit is the same
        ("formatted = load(7, 8)", "ai."),  # formatted by a commit that is to be ignored
        ("stays_after_revert = load(9)", "unknown"),  # an agent's change of it was taken back
        ("back_again = load(10)", "ai~"),  # the revert of a revert brought it back
    ],
    "moved/renamed.py": [
        ("renamed = load(11)", "ai."),  # noted under another name
        ("renamed_by_hand = load(12)", "unknown."),
    ],
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    text = ["import os", "stays_after_revert = load(9)"]

    def write(subject: str, *added: str, path: str = "main.py", body: str = "") -> str:
        text[-1:-1] = added
        return made.commit(subject, {path: "\n".join(text) + "\n"}, who=JANE, body=body)

    write("base")
    log(made, write("direct", "direct = load(1)"), {"main.py": "2"})
    made.branch("work")
    own = write("on the branch", "squashed = load(2)", "squashed_by_hand = load(3)")
    log(made, own, {"main.py": "3"})
    squashed(made, "Add the squashed (#7)", 7)
    made.branch("rebased")
    log(made, write("to be rebased", "rebased = load(4)"), {"main.py": "5"})
    made.branch("main")
    made.commit("elsewhere", {"other.py": "z = 1\n"}, who=JOE)
    made.branch("rebased")
    made.run("rebase", "--quiet", "main")
    made.branch("main")
    made.run("merge", "--quiet", "--ff-only", "rebased")
    made.run("branch", "-D", "rebased")
    made.branch("picked")
    own = write("to be picked", "picked = load(5)")
    log(made, own, {"main.py": "6"})
    made.branch("main")
    made.commit("elsewhere again", {"other.py": "z = 2\n"}, who=JOE)
    made.run("cherry-pick", own)
    made.branch("merged")
    log(made, write("to be merged", "merged = load(6)"), {"main.py": "7"})
    made.branch("main")
    made.commit("elsewhere once more", {"other.py": "z = 3\n"}, who=JOE)
    made.merge("merged")
    log(made, write("badly formatted", "formatted = load( 7,8 )"), {"main.py": "8"})
    text[7] = "formatted = load(7, 8)"
    ignored = write("format")
    made.commit("ignore", {".git-blame-ignore-revs": f"{ignored}\n"}, who=JOE)
    changed = "\n".join(text).replace("load(9)", "load(99)") + "\n"
    made.commit("an agent's change", {"main.py": changed}, who=JANE, body=CLAUDE)
    made.run("revert", "--no-edit", "HEAD")
    text.append("")
    added = "\n".join([*text[:-1], "back_again = load(10)"]) + "\n"
    made.commit("an agent's addition", {"main.py": added}, who=JANE, body=CLAUDE)
    made.run("revert", "--no-edit", "HEAD")
    made.run("revert", "--no-edit", "HEAD")
    both = "renamed = load(11)\nrenamed_by_hand = load(12)\n"
    log(made, made.commit("to be renamed", {"old.py": both}, who=JANE), {"old.py": "1"})
    made.commit("rename", {"old.py": None, "moved/renamed.py": both}, who=JOE)
    return made


@pytest.mark.parametrize("path", TABLE)
def test_each_line_has_the_answer_that_the_formats_rules_give(repo: GitRepo, path: str) -> None:
    here = Repo(repo.path)
    origins = here.blame(repo.head, path)
    commits = here.commits(origin.sha for origin in origins)
    _, found = judge_origins(repo.path, tuple(commits.values()), origins)
    answers = [
        f"{one.author}{'.' if one.level == 'line' else ''}{'~' if one.derived else ''}"
        for one in (found[origin] for origin in origins)
    ]
    words = (here.text(repo.head, path) or "").splitlines()
    assert list(zip(words, answers, strict=True)) == TABLE[path]


def test_a_commit_is_judged_alike_alone_and_among_all_others(repo: GitRepo) -> None:
    every = judged(repo)
    for commit in read_commits(repo.path):
        (alone,) = judge_commits(repo.path, [commit])
        assert alone.provenance.author == every[commit.subject].provenance.author, commit.subject


def test_a_commit_takes_nothing_from_a_branch_that_was_made_on_top_of_it(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "other")
    made.commit("base", {"a.toml": "version = 1\n"}, who=JOE)
    made.commit("Bump the version", {"a.toml": "version = 2\n"}, who=JOE)
    made.branch("work")
    own = made.commit("try", {"a.toml": "version = 3\n", "b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    meta = json.dumps({"schema_version": "authorship/3.0.0"})
    made.note(own, f"a.toml\n  ai_agent 1\n---\n{meta}", "refs/notes/ai")
    made.commit("no, as before", {"a.toml": "version = 2\n"}, who=JANE)
    made.update_ref("refs/pull/7/head", made.head)
    made.branch("main")
    assert judged(made)["Bump the version"].provenance.author == "unknown"
