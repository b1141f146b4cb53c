"""Line by line: what each answer is after git, or a forge, has rewritten the commits."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from correlator.cli import cli
from correlator.code.commits import read_commits
from correlator.code.repo import Repo
from correlator.investigation.brought import Told
from correlator.investigation.recorded import Judged, judge_commits, judge_origins
from correlator.types import BranchCommit, PullRequest
from tests.gitrepo import GitRepo

CLAUDE = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
JANE = "Jane Roe <jane@example.net>"
JOE = "Joe Doe <joe@example.net>"
BASE = "import os\n\n\ndef main():\n    return os.name\n"
ADDED = "\n\ndef total(rows):\n    return sum(row.price for row in rows)\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("base", {"a.py": BASE}, who=JANE)
    made.branch("work")
    return made


def log(repo: GitRepo, sha: str, files: dict[str, str], tool: str = "codex") -> None:
    """A git-ai note: these ranges of these files are the agent's."""
    attested = "".join(
        f"{path}\n  s_11111111111111::t_1 {ranges}\n" for path, ranges in files.items()
    )
    agent = {"tool": tool, "id": tool, "model": "gpt-5.5"}
    meta = {
        "schema_version": "authorship/3.0.0",
        "base_commit_sha": sha,
        "sessions": {"s_11111111111111": {"agent_id": agent, "human_author": JANE}},
    }
    repo.note(sha, f"{attested}---\n{json.dumps(meta)}", "refs/notes/ai")


def squashed(
    repo: GitRepo, subject: str, number: int | None, body: str = "", who: str = JANE
) -> str:
    """What a forge makes of branch ``work``: one commit on main, the branch gone, its ref kept."""
    head = repo.run("rev-parse", "work").strip()
    if number is not None:
        repo.update_ref(f"refs/pull/{number}/head", head)
    repo.branch("main")
    repo.run("merge", "--squash", "--quiet", "work")
    repo.run("branch", "-D", "work")
    return repo.commit(subject, who=who, body=body)


def lines(repo: GitRepo, path: str = "a.py") -> list[str]:
    """Each line's answer at HEAD; a dot: a record of lines; a tilde: derived."""
    here = Repo(repo.path)
    origins = here.blame(repo.head, path)
    commits = here.commits(origin.sha for origin in origins)
    _, found = judge_origins(repo.path, tuple(commits.values()), origins)
    return [
        f"{one.author}{'.' if one.level == 'line' else ''}{'~' if one.derived else ''}"
        for one in (found[origin] for origin in origins)
    ]


def judged(repo: GitRepo, revisions: str = "HEAD") -> dict[str, Judged]:
    found = read_commits(repo.path, revisions)
    return {one.commit.subject: one for one in judge_commits(repo.path, found)}


# --- squash --------------------------------------------------------------------------------------


def test_lines_of_a_note_on_a_pull_request_are_carried_to_its_squash_commit(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    squashed(repo, "Add total (#7)", 7)
    assert lines(repo) == ["unknown"] * 5 + ["unknown."] * 2 + ["ai.~"] * 2
    answer = judged(repo)["Add total (#7)"].provenance
    assert (answer.author, answer.derived, answer.tools) == ("ai", True, ("codex",))
    assert "pull request 7" in answer.because


def test_each_line_goes_back_to_the_commit_of_the_branch_that_wrote_it(repo: GitRepo) -> None:
    first = repo.commit("one", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, first, {"a.py": "6-9"})
    # A person rewrites one of the agent's lines, and puts one above that moves them all.
    repo.commit("two", {"a.py": "import re\n" + BASE + ADDED.replace("sum(", "max(")}, who=JANE)
    squashed(repo, "Add total (#7)", 7)
    answers = ["unknown."] + ["unknown"] * 5 + ["ai.~"] * 3 + ["unknown."]
    assert lines(repo) == answers


def test_a_later_agents_line_wins_over_an_earlier_ones(repo: GitRepo) -> None:
    first = repo.commit("one", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, first, {"a.py": "6-9"}, tool="codex")
    second = repo.commit("two", {"a.py": BASE + ADDED.replace("sum(", "max(")}, who=JANE)
    log(repo, second, {"a.py": "9"}, tool="claude")
    squashed(repo, "Add total (#7)", 7)
    here = Repo(repo.path)
    origins = here.blame(repo.head, "a.py")
    commits = tuple(here.commits(one.sha for one in origins).values())
    _, found = judge_origins(repo.path, commits, origins)
    assert [found[one].tools for one in origins[7:]] == [("codex",), ("claude",)]


def test_lines_are_carried_where_main_has_moved_on_in_the_same_file(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    repo.branch("main")
    repo.commit("elsewhere", {"a.py": "# a licence\n" + BASE}, who=JOE)
    squashed(repo, "Add total (#7)", 7)
    assert lines(repo)[-2:] == ["ai.~", "ai.~"]
    assert lines(repo)[0] == "unknown"


def test_main_merged_into_the_branch_adds_nothing_of_its_own(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    repo.branch("main")
    repo.commit("elsewhere", {"b.py": "x = 1\n", "a.py": "# a licence\n" + BASE}, who=JOE)
    repo.branch("work")
    repo.merge("main")
    squashed(repo, "Add total (#7)", 7)
    assert lines(repo)[-2:] == ["ai.~", "ai.~"]
    assert lines(repo)[:6] == ["unknown"] * 6


def test_lines_that_were_only_indented_on_the_way_are_carried_with_less_certainty(
    repo: GitRepo,
) -> None:
    own = repo.commit("work", {"b.py": "def f():\n  return call(1)\n"}, who=JANE)
    log(repo, own, {"b.py": "1-2"})
    repo.update_ref("refs/pull/7/head", own)
    repo.branch("main")
    repo.commit("Add f (#7)", {"b.py": "def f():\n    return call(1)\n"}, who=JANE)
    assert lines(repo, "b.py") == ["ai.~", "ai.~"]
    claims = judged(repo)["Add f (#7)"].claims.by_path["b.py"]
    exact, spaced = sorted(claims, key=lambda one: one.lines)
    assert exact.certainty > spaced.certainty


def test_a_file_that_was_moved_within_the_branch_keeps_its_lines(repo: GitRepo) -> None:
    text = "".join(f"value_{n} = compute({n})\n" for n in range(12))
    own = repo.commit("one", {"old.py": text}, who=JANE)
    log(repo, own, {"old.py": "1-3"})
    repo.commit("two", {"old.py": None, "new.py": "import os\n" + text}, who=JANE)
    squashed(repo, "Add values (#7)", 7)
    assert lines(repo, "new.py") == ["unknown.", *["ai.~"] * 3, *["unknown."] * 9]


def test_what_was_said_of_all_commits_of_the_branch_is_said_of_the_squash(repo: GitRepo) -> None:
    repo.commit("one", {"b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    repo.commit("two", {"b.py": "x = 1\ny = 2\n"}, who=JANE, body=CLAUDE)
    squashed(repo, "Add b (#7)", 7)
    answer = judged(repo)["Add b (#7)"].provenance
    assert (answer.author, answer.derived, answer.level) == ("ai", True, "commit")
    assert "of 2 of the 2 commits of pull request 7" in answer.because


def test_what_was_said_of_some_commits_of_the_branch_makes_the_squash_mixed(repo: GitRepo) -> None:
    repo.commit("one", {"b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    repo.commit("two", {"b.py": "x = 1\ny = 2\n"}, who=JANE)
    squashed(repo, "Add b (#7)", 7)
    answer = judged(repo)["Add b (#7)"].provenance
    assert (answer.author, answer.derived) == ("mixed", True)
    assert "in part" in answer.because
    assert "of 1 of the 2 commits" in answer.because


def test_what_the_squash_commit_says_itself_needs_no_other_source(repo: GitRepo) -> None:
    repo.commit("one", {"b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    repo.commit("two", {"b.py": "x = 1\ny = 2\n"}, who=JANE)
    squashed(repo, "Add b (#7)", 7, body=CLAUDE)
    answer = judged(repo)["Add b (#7)"].provenance
    assert (answer.author, answer.derived) == ("ai", False)


def test_a_note_of_its_own_outranks_what_could_be_derived(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "6-9"})
    sha = squashed(repo, "Add total (#7)", 7)
    log(repo, sha, {"a.py": "9"})
    assert lines(repo)[-2:] == ["unknown.", "ai."]


def test_a_number_that_is_of_another_repository_is_not_believed(repo: GitRepo) -> None:
    own = repo.commit("work", {"b.py": "def f():\n    return 1\n"}, who=JANE, body=CLAUDE)
    log(repo, own, {"b.py": "1-2"})
    repo.update_ref("refs/pull/7/head", own)
    repo.branch("main")
    repo.commit("From upstream (#7)", {"c.py": "import sys\nprint(sys.path)\n"}, who=JOE)
    assert judged(repo)["From upstream (#7)"].provenance.author == "unknown"


def test_a_merge_commit_takes_nothing_from_what_it_merged(repo: GitRepo) -> None:
    own = repo.commit("work", {"b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    repo.update_ref("refs/pull/7/head", own)
    repo.branch("main")
    repo.commit("elsewhere", {"c.py": "y = 1\n"}, who=JOE)
    repo.merge("work", "Merge pull request #7 from jane/work", who=JOE)
    found = judged(repo)
    assert found["Merge pull request #7 from jane/work"].claims.found == ()
    assert found["work"].provenance.derived is False


def test_a_squash_that_gitlab_merged_has_its_number_on_the_merge(repo: GitRepo) -> None:
    own = repo.commit("work", {"b.py": "x = 1\n"}, who=JANE)
    log(repo, own, {"b.py": "1"})
    repo.update_ref("refs/merge-requests/3/head", own)
    repo.branch("squash", "main")
    repo.commit("Add b", {"b.py": "x = 1\n"}, who=JOE)
    repo.branch("main")
    repo.commit("elsewhere", {"c.py": "y = 1\n"}, who=JOE)
    repo.merge("squash", "Merge branch 'work' into 'main'\n\nSee merge request group/project!3")
    assert lines(repo, "b.py") == ["ai.~"]


def test_a_squash_without_a_number_is_told_by_an_equal_tree(repo: GitRepo) -> None:
    repo.commit("one", {"b.py": "x = 1\n"}, who=JANE)
    own = repo.commit("two", {"b.py": "x = 1\ny = 2\n"}, who=JANE)
    log(repo, own, {"b.py": "2"})
    repo.update_ref("refs/pull/7/head", own)
    squashed(repo, "Add b", None)
    assert lines(repo, "b.py") == ["unknown.", "ai.~"]


def test_a_squash_without_a_number_is_told_by_its_patch(repo: GitRepo) -> None:
    repo.commit("one", {"b.py": "x = 1\n"}, who=JANE)
    own = repo.commit("two", {"b.py": "x = 1\ny = 2\n"}, who=JANE)
    log(repo, own, {"b.py": "2"})
    repo.update_ref("refs/pull/7/head", own)
    repo.branch("main")
    repo.commit("elsewhere", {"c.py": "z = 1\n"}, who=JOE)
    squashed(repo, "Add b", None)
    assert lines(repo, "b.py") == ["unknown.", "ai.~"]


def test_a_branch_on_top_of_another_does_not_say_again_what_that_one_said(repo: GitRepo) -> None:
    repo.commit("one", {"b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    repo.update_ref("refs/pull/7/head", repo.head)
    repo.branch("upper")
    repo.commit("two", {"c.py": "y = 2\n"}, who=JANE)
    repo.update_ref("refs/pull/8/head", repo.head)
    squashed(repo, "Add b (#7)", 7)
    repo.commit("Add c (#8)", {"c.py": "y = 2\n"}, who=JANE)
    for revisions in ("HEAD", "HEAD~1..HEAD"):
        assert judged(repo, revisions)["Add c (#8)"].provenance.author == "unknown"


# --- rebase, cherry-pick, revert, format ---------------------------------------------------------


def test_a_rebased_commit_keeps_the_lines_of_its_original(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    repo.branch("main")
    repo.commit("elsewhere", {"a.py": "# a licence\n" + BASE}, who=JOE)
    repo.branch("work")
    repo.run("rebase", "--quiet", "main")
    assert repo.head != own
    assert lines(repo)[-3:] == ["unknown.", "ai.~", "ai.~"]


@pytest.mark.parametrize("how", [[], ["-x"]])
def test_a_cherry_pick_keeps_the_lines_of_its_original(repo: GitRepo, how: list[str]) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    repo.branch("main")
    repo.commit("elsewhere", {"c.py": "z = 1\n"}, who=JOE)
    repo.run("cherry-pick", *how, own)
    assert lines(repo)[-2:] == ["ai.~", "ai.~"]


def test_a_copy_with_another_author_and_date_is_told_by_its_patch(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    repo.branch("main")
    repo.commit("elsewhere", {"c.py": "z = 1\n"}, who=JOE)
    repo.commit("Applied by hand", {"a.py": BASE + ADDED}, who=JOE)
    assert lines(repo)[-2:] == ["ai.~", "ai.~"]


def test_a_revert_takes_no_claim_and_the_lines_go_back_to_who_wrote_them(repo: GitRepo) -> None:
    repo.branch("main")
    own = repo.commit("agent", {"a.py": BASE.replace("os.name", "os.sep")}, who=JANE, body=CLAUDE)
    log(repo, own, {"a.py": "5"})
    repo.run("revert", "--no-edit", own)
    found = judged(repo)['Revert "agent"']
    assert found.provenance.author == "unknown"
    assert lines(repo) == ["unknown"] * 5


def test_a_revert_that_brings_an_agents_lines_back_says_so(repo: GitRepo) -> None:
    repo.branch("main")
    own = repo.commit("agent", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "6-9"})
    gone = repo.commit("Remove total", {"a.py": BASE}, who=JOE)
    repo.run("revert", "--no-edit", gone)
    assert lines(repo) == ["unknown"] * 5 + ["ai.~"] * 4


def test_the_revert_of_a_revert_keeps_the_origin_of_its_lines(repo: GitRepo) -> None:
    repo.branch("main")
    own = repo.commit("agent", {"a.py": BASE + ADDED}, who=JANE, body=CLAUDE)
    repo.run("revert", "--no-edit", own)
    repo.run("revert", "--no-edit", repo.head)
    assert lines(repo) == ["unknown"] * 5 + ["ai~"] * 4


def test_the_revert_of_a_revert_of_a_squash_keeps_the_origin_of_its_lines(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    sha = squashed(repo, "Add total (#7)", 7)
    repo.run("revert", "--no-edit", sha)
    repo.run("revert", "--no-edit", repo.head)
    assert lines(repo) == ["unknown"] * 5 + ["unknown."] * 2 + ["ai.~"] * 2


def test_a_formatting_commit_that_is_to_be_ignored_leaves_each_line_its_answer(
    repo: GitRepo,
) -> None:
    own = repo.commit("work", {"b.py": "x = call( 1,2 )\ny = 2\n"}, who=JANE)
    log(repo, own, {"b.py": "1"})
    squashed(repo, "Add b (#7)", 7)
    sha = repo.commit("format", {"b.py": 'x = call(1, 2)  # "fine"\ny = 2\n'}, who=JOE)
    assert lines(repo, "b.py")[0] == "unknown"
    repo.commit("ignore", {".git-blame-ignore-revs": f"{sha}\n"}, who=JOE)
    assert lines(repo, "b.py") == ["ai.~", "unknown."]


# --- the command ---------------------------------------------------------------------------------


def test_the_command_counts_derived_records_apart(repo: GitRepo) -> None:
    own = repo.commit("work", {"a.py": BASE + ADDED}, who=JANE)
    log(repo, own, {"a.py": "6-9"})
    squashed(repo, "Add total (#7)", 7)
    told = CliRunner().invoke(cli, ["provenance", str(repo.path), "--json"])
    found = json.loads(told.stdout)
    assert (found["mechanisms"], found["derived"]) == ({}, {"git-ai": 1})
    told = CliRunner().invoke(cli, ["provenance", str(repo.path), "--commits", "--json"])
    row = json.loads(told.stdout.splitlines()[0])
    assert (row["level"], row["derived"], row["mechanisms"]) == ("line", True, ["git-ai"])


def test_twelve_squashes_ask_git_no_more_often_than_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    for count in (2, 12):
        made = GitRepo(tmp_path / f"r{count}")
        made.commit("base", {"a.py": BASE}, who=JANE)
        for number in range(1, count + 1):
            made.branch("work")
            own = made.commit("work", {f"f{number}.py": "x = 1\ny = 2\n"}, who=JANE)
            log(made, own, {f"f{number}.py": "1-2"})
            squashed(made, f"Add (#{number})", number)
        calls: list[object] = []
        for room in ("contents", "records", "commits"):
            name = f"correlator.code.{room}.run_git"
            from correlator.code.git import run_git

            monkeypatch.setattr(
                name, lambda *a, real=run_git, into=calls, **k: into.append(a) or real(*a, **k)
            )
        found = judged(made)
        assert sum(one.provenance.author == "ai" for one in found.values()) == count
        monkeypatch.undo()
        asked.append(len(calls))
    assert asked[0] == asked[1]


def test_githubs_revert_button_is_followed_to_what_it_reverts(repo: GitRepo) -> None:
    own = repo.commit("add", {"a.py": BASE + ADDED}, who=JOE)
    log(repo, own, {"a.py": "6-9"})
    first = squashed(repo, "Add total (#7)", 7)
    repo.run("revert", "--no-commit", first)
    gone = repo.commit('Revert "Add total (#7)" (#8)', who=JOE, body="Reverts acme/shop#7")
    assert lines(repo) == ["unknown"] * 5
    repo.run("revert", "--no-commit", gone)
    title = 'Revert "Revert "Add total (#7)"" (#9)'
    repo.commit(title, who=JOE, body="Reverts acme/shop#8")
    assert lines(repo) == ["unknown"] * 5 + ["ai.~"] * 4


def test_a_clone_that_lacks_some_contents_is_judged_by_what_it_has(repo: GitRepo) -> None:
    repo.branch("main")
    big = "".join(f"row {number}\n" for number in range(400))
    repo.commit("data", {"old.csv": big}, who=JOE)
    repo.branch("work")
    repo.run("reset", "--quiet", "--hard", "main")
    files = {"a.py": BASE + ADDED, "old.csv": None, "new.csv": big + "one more\n"}
    own = repo.commit("work", files, who=JANE)
    log(repo, own, {"a.py": "8-9"})
    squash = squashed(repo, "Add total (#7)", 7)
    for place in ("main:new.csv", "main~1:old.csv"):
        gone = repo.run("rev-parse", place).strip()
        (repo.path / ".git" / "objects" / gone[:2] / gone[2:]).unlink()
    answer = judged(repo)["Add total (#7)"].provenance
    assert (answer.author, answer.derived, answer.tools) == ("ai", True, ("codex",))
    blob = repo.run("notes", "--ref=ai", "list", own).strip()
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    (alone,) = judge_commits(repo.path, read_commits(repo.path, f"{squash}~1..{squash}"))
    assert alone.provenance.author == "unknown"
    (noted,) = judge_commits(repo.path, read_commits(repo.path, f"{own}~1..{own}"))
    assert [one.why for one in noted.problems] == ["its text is not in this clone"]


@pytest.mark.parametrize("method", ["squash", "rebase", "another's"])
def test_a_forges_word_leads_from_a_squash_without_a_number_to_its_pull_request(
    repo: GitRepo, method: str
) -> None:
    one = repo.commit("one", {"a.py": BASE + ADDED}, who=JANE, body=CLAUDE)
    two = repo.commit("two", {"b.py": "x = 1\n"}, who=JANE, body=CLAUDE)
    head = two
    repo.update_ref("refs/pull/7/head", head)
    repo.branch("main")
    repo.commit("elsewhere", {"a.py": "# a licence\n" + BASE}, who=JOE)
    if method == "rebase":
        repo.run("cherry-pick", one, two)
        merge = repo.head
    elif method == "squash":
        files = {"a.py": "# a licence\n" + BASE + ADDED, "b.py": "x = 1\n"}
        merge = repo.commit("Sums at last", files, who=JANE)
    else:
        merge = repo.commit("Something else", {"c.py": "y = 1\n"}, who=JANE)
    repo.run("branch", "-D", "work")
    at = read_commits(repo.path, f"{merge}~1..{merge}")[0].committed_at
    branch = [read_commits(repo.path, f"{sha}~1..{sha}")[0] for sha in (one, two)]
    pull = PullRequest(
        forge="github", repository="acme/shop", number=7, updated_at=at, state="merged",
        head=head, merge_commits=(merge,), merged_at=at,
        commits=tuple(BranchCommit(c.sha, c.authored_at, c.subject) for c in branch),
    )  # fmt: skip
    asked = read_commits(repo.path, f"{merge}~1..{merge}")
    (alone,) = judge_commits(repo.path, asked)
    (told,) = judge_commits(repo.path, asked, told=Told((pull,)))
    if method == "squash":
        assert alone.provenance.author == "unknown"
        assert (told.provenance.author, told.provenance.derived) == ("ai", True)
        assert "pull request 7" in told.provenance.because
    else:
        assert told.provenance.author == alone.provenance.author
