"""Provenance of real repositories: what git does to lines and notes, and the commands that tell."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from correlator.cli import cli
from correlator.code import records
from correlator.code.commits import read_commits
from correlator.code.records import Shelf
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.investigation.recorded import judge_commits, judge_origins
from correlator.types import Provenance
from tests.gitrepo import GitRepo

CLAUDE = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
BOT = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"
JANE = "Jane Roe <jane@example.net>"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "repo")


def log_of(sha: str, path: str, ranges: str, key: str = "s_11111111111111::t_1") -> str:
    meta = {
        "schema_version": "authorship/3.0.0",
        "git_ai_version": "1.6.0",
        "base_commit_sha": sha,
        "prompts": {},
        "sessions": {
            "s_11111111111111": {
                "agent_id": {"tool": "codex", "id": "one", "model": "gpt-5.5"},
                "human_author": JANE,
            }
        },
        "humans": {"h_1": {"author": JANE}},
    }
    return f"{path}\n  {key} {ranges}\n---\n{json.dumps(meta)}"


def add_note(repo: GitRepo, sha: str, text: str) -> None:
    repo.note(sha, text, "refs/notes/ai")


def judged(repo: GitRepo) -> dict[str, Provenance]:
    """The answer for each commit of HEAD, by subject."""
    found = read_commits(repo.path)
    return {one.commit.subject: one.provenance for one in judge_commits(repo.path, found)}


def lines(repo: GitRepo, path: str) -> list[str]:
    """Each line's answer at HEAD, with a dot where a record speaks of the line itself."""
    here = Repo(repo.path)
    origins = here.blame(repo.head, path)
    commits = here.commits(origin.sha for origin in origins)
    _, found = judge_origins(repo.path, tuple(commits.values()), origins)
    answers = [found[origin] for origin in origins]
    return [f"{one.author}{'.' if one.level == 'line' else ''}" for one in answers]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


# --- what git does -------------------------------------------------------------------------------


def test_a_lines_answer_is_that_of_the_commit_that_blame_names(repo: GitRepo) -> None:
    first = repo.commit("one", {"a.py": "a\nb\nc\n"}, who=JANE)
    add_note(repo, first, log_of(first, "a.py", "2"))
    repo.commit("two", {"a.py": "a\nb\nc\nd\n"}, who=JANE, body=CLAUDE)
    assert lines(repo, "a.py") == ["unknown.", "ai.", "unknown.", "ai"]


def test_a_line_keeps_its_answer_through_a_rename_and_a_move(repo: GitRepo) -> None:
    text = "".join(f"value_{n} = compute({n})\n" for n in range(12))
    first = repo.commit("one", {"old/a.py": text}, who=JANE)
    add_note(repo, first, log_of(first, "old/a.py", "1-3"))
    repo.commit("two", {"old/a.py": None, "new/b.py": "import os\n" + text}, who=JANE)
    assert lines(repo, "new/b.py") == ["unknown", *["ai."] * 3, *["unknown."] * 9]


def test_a_line_keeps_its_answer_through_a_merge_and_a_formatting_commit(repo: GitRepo) -> None:
    repo.commit("base", {"a.py": "if x:\n  go()\n"}, who=JANE)
    repo.branch("work")
    own = repo.commit("work", {"b.py": "def f():\n  return call(1, 2, 3)\n"}, who=JANE)
    add_note(repo, own, log_of(own, "b.py", "1-2"))
    repo.branch("main")
    repo.merge("work")
    repo.commit("format", {"b.py": "def f():\n    return call(1, 2, 3)\n"}, who=JANE)
    assert lines(repo, "b.py") == ["ai.", "ai."]


def test_a_cherry_pick_keeps_the_trailer_and_a_revert_does_not(repo: GitRepo) -> None:
    repo.commit("base", {"a.py": "a\n"}, who=JANE)
    repo.branch("work")
    own = repo.commit("Add b", {"b.py": "b\n"}, who=JANE, body=CLAUDE)
    repo.branch("main")
    repo.commit("Add b again", {"b.py": "b\n"}, body=f"{CLAUDE}\n(cherry picked from commit {own})")
    body = f"This reverts commit {own}."
    repo.commit('Revert "Add b"', {"b.py": None}, who=JANE, body=body)
    found = judged(repo)
    assert found["Add b again"].author == "ai"
    assert found['Revert "Add b"'].author == "unknown"


@pytest.mark.parametrize("cuts", [(2,), (2, 4)])
def test_notes_are_found_in_a_tree_that_is_fanned_out(repo: GitRepo, cuts: tuple[int, ...]) -> None:
    sha = repo.commit("one", {"a.py": "a\n"}, who=JANE)
    edges = (0, *cuts, len(sha))
    name = "/".join(sha[start:end] for start, end in itertools.pairwise(edges))
    text = log_of(sha, "a.py", "1")
    stream = (
        "commit refs/notes/ai\ncommitter J <j@example.net> 1700000000 +0000\ndata 1\nx\n"
        f"M 100644 inline {name}\ndata {len(text)}\n{text}\n"
    )
    repo.run("fast-import", "--quiet", feed=stream)
    assert judged(repo)["one"].tools == ("codex",)


def test_a_note_on_a_commit_that_is_not_asked_for_is_ignored(repo: GitRepo) -> None:
    repo.commit("one", {"a.py": "a\n"}, who=JANE)
    repo.branch("dead")
    dead = repo.commit("dead", {"a.py": "b\n"}, who=JANE)
    add_note(repo, dead, log_of(dead, "a.py", "1"))
    repo.branch("main")
    assert list(judged(repo)) == ["one"]
    assert judged(repo)["one"].author == "unknown"


def test_the_blob_of_the_form_before_notes_is_found(repo: GitRepo) -> None:
    sha = repo.commit("one", {"a.py": "a\n"}, who=JANE)
    text = (
        '{"files":{"a.py":{"file":"a.py","authors":[{"author":"Cursor","lines":[1],'
        '"agent_metadata":null}]}},"schema_version":"authorship/0.0.1"}'
    )
    blob = repo.run("hash-object", "-w", "--stdin", feed=text).strip()
    repo.update_ref(f"refs/ai/authorship/{sha}", blob)
    assert judged(repo)["one"].tools == ("cursor",)


def test_notes_are_read_in_batches_of_bounded_size(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    shas = [repo.commit(f"c{n}", {"a.py": f"{n}\n"}, who=JANE) for n in range(9)]
    for sha in shas:
        add_note(repo, sha, "x" * 1000)
    monkeypatch.setattr(records, "LARGEST_BATCH", 2500)
    held: list[int] = []
    real = Shelf._texts

    def counted(self: Shelf, names: Sequence[str]) -> Any:
        held.append(len(names))
        return real(self, names)

    monkeypatch.setattr(Shelf, "_texts", counted)
    assert len(list(Shelf(repo.path).notes(shas))) == 9
    assert max(held) * 1000 <= 2500


def test_a_note_that_is_too_large_is_not_read_and_reported(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = repo.commit("one", {"a.py": "a\n"}, who=JANE, body=CLAUDE)
    add_note(repo, sha, log_of(sha, "a.py", "1") + "x" * 2000)
    monkeypatch.setattr(records, "LARGEST_NOTE", 1000)
    (one,) = judge_commits(repo.path, read_commits(repo.path))
    assert one.provenance.tools == ("claude",)
    assert "more than the 1000 that are read" in one.problems[0].why


def test_checkpoints_are_found_on_the_branch_and_in_refs_of_their_own(repo: GitRepo) -> None:
    told = json.dumps({"session_id": "s", "agent": "Gemini CLI"})
    repo.branch("entire/checkpoints/v1")
    files = {"metadata.json": "{}", "0/metadata.json": told, "0/prompt.txt": "Add VAT\n"}
    repo.commit("c", {f"0a/1b2c3d4e5f/{name}": text for name, text in files.items()})
    own = repo.run("commit-tree", "-m", "x", f"{repo.head}:0a/1b2c3d4e5f").strip()
    name = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    repo.update_ref(f"refs/entire/checkpoints/{name[-2:]}/{name}", own)
    repo.run("checkout", "-q", "--orphan", "main")
    repo.run("rm", "-rqf", ".")
    repo.commit("one", {"a.py": "a\n"}, who=JANE, body="Entire-Checkpoint: 0a1b2c3d4e5f")
    repo.commit("two", {"a.py": "b\n"}, who=JANE, body=f"Entire-Checkpoint: {name}")
    repo.commit("three", {"a.py": "c\n"}, who=JANE, body="Entire-Checkpoint: ffffffffffff")
    assert {name: one.tools for name, one in judged(repo).items()} == {
        "one": ("gemini",),
        "two": ("gemini",),
        "three": (),
    }
    recorded = [one.recorded for one in judged(repo)["one"].claims]
    assert [one and one.prompt for one in recorded] == ["Add VAT"]


def test_the_end_of_a_very_long_message_is_read(repo: GitRepo) -> None:
    repo.commit("one", {"a.py": "a\n"}, who=JANE, body="word " * 10_000 + f"\n\n{CLAUDE}")
    assert judged(repo)["one"].tools == ("claude",)


def test_a_commit_is_human_where_the_log_says_that_a_person_typed_it(repo: GitRepo) -> None:
    whole = repo.commit("whole", {"a.py": "a\nb\n"}, who=JANE)
    add_note(repo, whole, log_of(whole, "a.py", "1-2", "h_1"))
    part = repo.commit("part", {"b.py": "a\n" * 50}, who=JANE)
    add_note(repo, part, log_of(part, "b.py", "1-2", "h_1"))
    found = judged(repo)
    assert (found["whole"].author, found["part"].author) == ("human", "unknown")
    assert "it adds 50" in found["part"].because
    assert lines(repo, "b.py")[:3] == ["human.", "human.", "unknown."]


# --- correlator provenance -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """Read-only: four commits, each of another provenance."""
    repo = GitRepo(tmp_path_factory.mktemp("mixed") / "repo")
    repo.commit("by hand", {"a.py": "a\n"}, who=JANE)
    repo.commit("with an agent", {"a.py": "a\nb\n"}, who=JANE, body=CLAUDE)
    repo.commit("Bump x from 1 to 2", {"b.py": "b\n"}, who=BOT)
    sha = repo.commit("with a log", {"a.py": "a\nb\nc\n"}, who=JANE)
    add_note(repo, sha, log_of(sha, "a.py", "3"))
    return repo


def test_the_command_tells_shares_tools_and_mechanisms(mixed: GitRepo) -> None:
    result = run("provenance", str(mixed.path), "--json")
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert found["commits"] == 4
    assert found["provenance"] == {"ai": 2, "mixed": 0, "human": 0, "automation": 1, "unknown": 1}
    assert found["tools"] == {"claude": 1, "codex": 1}
    assert found["models"] == {"claude-opus-4-6": 1, "gpt-5.5": 1}
    assert found["mechanisms"] == {"automation": 1, "git-ai": 1, "trailers": 1}


def test_the_command_prints_one_json_line_a_commit_newest_first(mixed: GitRepo) -> None:
    result = run("provenance", str(mixed.path), "--commits", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["provenance"], row["level"], row["mechanisms"]) for row in rows] == [
        ("ai", "line", ["git-ai"]),
        ("automation", "commit", ["automation"]),
        ("ai", "commit", ["trailers"]),
        ("unknown", "commit", []),
    ]
    assert [row["accountable"] for row in rows] == [JANE, None, JANE, JANE]
    assert {"sha", "tools", "models", "certainty", "derived"} < rows[0].keys()


def test_the_command_takes_a_range_and_a_date(mixed: GitRepo) -> None:
    ranged = run("provenance", str(mixed.path), "--rev", "HEAD~2..HEAD", "--json")
    assert json.loads(ranged.output)["commits"] == 2
    late = run("provenance", str(mixed.path), "--since", "2030-01-01", "--json")
    assert json.loads(late.output)["commits"] == 0


@pytest.mark.parametrize("rev", ["nothing", "--output=/tmp/x", "-n1", "HEAD..nothing", "a\nb", ""])
def test_a_revision_that_is_none_is_refused(mixed: GitRepo, rev: str) -> None:
    result = run("provenance", str(mixed.path), f"--rev={rev}")
    assert isinstance(result.exception, Permanent)
    assert not Path("/tmp/x").exists()


def test_the_command_for_people_prints_a_table(mixed: GitRepo) -> None:
    result = run("provenance", str(mixed.path))
    assert "4 commits" in result.output
    assert "50.0%" in result.output


# --- correlator blame ----------------------------------------------------------------------------


def test_blame_has_a_column_for_provenance_with_a_dot_for_a_record_of_the_line(
    mixed: GitRepo,
) -> None:
    result = run("blame", str(mixed.path), "a.py")
    marks = [line[11:31].strip() for line in result.output.splitlines()]
    assert marks == ["", "ai claude", "ai• codex"]


def test_blame_at_a_revision_as_json(mixed: GitRepo) -> None:
    result = run("blame", str(mixed.path), "a.py", "--at", "HEAD~2", "--json")
    found = json.loads(result.output)
    assert [(line["provenance"], line["level"]) for line in found["lines"]] == [
        ("unknown", "commit"),
        ("ai", "commit"),
    ]


def test_blame_of_a_file_that_is_not_there_is_one_message(mixed: GitRepo) -> None:
    result = run("blame", str(mixed.path), "../etc/passwd")
    assert isinstance(result.exception, Permanent)


def test_no_repository_drives_the_terminal(repo: GitRepo) -> None:
    repo.commit("\x1b[2Jone", {"a.py": "a\x1b[31m\n"}, who="J\x1b[1mane <jane@example.net>")
    assert "\x1b" not in run("blame", str(repo.path), "a.py").output
    assert "\x1b" not in run("provenance", str(repo.path), "--commits").output


KEY = "0123456789abcdef"


def legacy(path: str, ranges: str, key: str = KEY, model: str | None = None) -> str:
    """A note from before 1.4; without a model it lacks the record of its key."""
    record = {"agent_id": {"tool": "cursor", "id": "one", "model": model}, "human_author": JANE}
    meta = {
        "schema_version": "authorship/3.0.0",
        "git_ai_version": "1.0.1",
        "prompts": {key: record} if model else {},
    }
    return f"{path}\n  {key} {ranges}\n---\n{json.dumps(meta)}"


def test_a_session_whose_record_lies_in_another_note_is_found_there_newest_first(
    repo: GitRepo,
) -> None:
    for subject, model in (("older", "gpt-5"), ("newer", "gpt-5.5"), ("other", None)):
        sha = repo.commit(subject, {f"{subject}.py": "x = 1\n"}, who=JANE)
        add_note(repo, sha, legacy(f"{subject}.py", "1", model=model))
    picked = judged(repo)["other"]
    assert (picked.author, picked.tools, picked.models) == ("ai", ("cursor",), ("gpt-5.5",))
    assert "its record lies in another commit's note" in picked.because
    (alone,) = judge_commits(repo.path, read_commits(repo.path, "HEAD~1..HEAD"))
    assert alone.provenance == picked  # whatever else is asked for


def test_a_record_on_a_commit_that_is_not_here_is_found_and_one_in_prose_is_none(
    repo: GitRepo,
) -> None:
    sha = repo.commit("picked", {"a.py": "x = 1\n"}, who=JANE)
    add_note(repo, sha, legacy("a.py", "1"))
    tree = repo.run("rev-parse", f"{sha}^{{tree}}").strip()
    repo.note(tree, f'the plan of "{KEY}": nothing', "refs/notes/commits")
    assert judged(repo)["picked"].tools == ()
    blob = repo.run("hash-object", "-w", "--stdin", feed=legacy("b.py", "1", model="gpt-5"))
    base = repo.run("rev-parse", "refs/notes/ai").strip()
    entries = repo.run("ls-tree", "-r", base)
    gone = "f" * 40
    made = repo.run("mktree", feed=f"{entries}100644 blob {blob.strip()}\t{gone}\n")
    top = repo.run("commit-tree", "-m", "notes", made.strip())
    repo.run("update-ref", "refs/notes/ai", top.strip())
    assert judged(repo)["picked"].tools == ("cursor",)


def test_a_key_that_no_note_explains_leaves_an_agent_without_a_name(repo: GitRepo) -> None:
    sha = repo.commit("picked", {"a.py": "x = 1\n"}, who=JANE)
    add_note(repo, sha, legacy("a.py", "1"))
    found = judged(repo)["picked"]
    assert (found.author, found.tools) == ("ai", ())
    assert "whose record is missing" in found.because


def test_hundreds_of_keys_without_a_record_are_looked_for_in_one_search(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []
    original = Shelf.holding

    def counted(shelf: Shelf, words: list[str]) -> tuple[str, ...]:
        searches.append(len(words))
        return original(shelf, words)

    monkeypatch.setattr(Shelf, "holding", counted)
    for number in range(3):
        sha = repo.commit(f"{number}", {f"{number}.py": "x\n" * 100}, who=JANE)
        keys = "".join(f"  {number * 100 + at:016x} {at + 1}\n" for at in range(100))
        add_note(repo, sha, f'{number}.py\n{keys}---\n{{"schema_version": "authorship/3.0.0"}}')
    assert {one.author for one in judged(repo).values()} == {"ai"}
    assert searches == [300]


def test_whatever_is_pushed_where_notes_lie_is_reported_and_stops_nothing(repo: GitRepo) -> None:
    sha = repo.commit("typed", {"a.py": "x\n"}, who=JANE)
    add_note(repo, sha, log_of(sha, "a.py", "1"))
    blob = repo.run("rev-parse", f"{sha}:a.py").strip()
    tree = repo.run("rev-parse", f"{sha}^{{tree}}").strip()
    for ref, what in {
        "refs/notes/blob": blob,
        "refs/notes/tree": tree,
        "refs/notes/branch": sha,
        f"refs/ai/authorship/{sha}": tree,
        "refs/heads/entire/checkpoints/v1": sha,
        "refs/pull/7/head": blob,
    }.items():
        repo.update_ref(ref, what)
    (found,) = judge_commits(repo.path, read_commits(repo.path))
    assert found.provenance.tools == ("codex",)
    (problem,) = found.problems
    assert problem.where == "refs/notes/blob"
    assert "Failed to read notes tree" in problem.why
