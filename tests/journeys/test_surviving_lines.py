"""``correlator provenance --lines``: the lines that a tree still holds, and the open export."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from correlator.cli import cli
from correlator.code import blaming
from correlator.code import surviving as keeping
from correlator.code.git import run_git
from correlator.code.surviving import Tree, surviving
from tests.gitrepo import GitRepo

CLAUDE = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
JANE = "Jane Roe <jane@example.net>"
# The required parts of https://agent-trace.dev/schemas/v1/trace-record.json
SCHEMA = {
    "type": "object",
    "required": ["version", "id", "timestamp", "files"],
    "properties": {
        "version": {"pattern": r"^\d+\.\d+\.\d+$"},
        "id": {"pattern": "^[0-9a-f-]{36}$"},
        "vcs": {"required": ["type", "revision"]},
        "files": {
            "items": {
                "required": ["path", "conversations"],
                "properties": {
                    "conversations": {
                        "items": {
                            "required": ["ranges"],
                            "properties": {
                                "contributor": {
                                    "required": ["type"],
                                    "properties": {
                                        "type": {"enum": ["human", "ai", "mixed", "unknown"]},
                                        "model_id": {"type": "string", "maxLength": 250},
                                    },
                                },
                                "ranges": {"items": {"required": ["start_line", "end_line"]}},
                            },
                        }
                    }
                },
            }
        },
    },
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    made = GitRepo(tmp_path / "repo")
    made.commit("base", {"a.py": "a = 1\nb = 2\n", "logo.png": b"\0\1\2", "empty": ""}, who=JANE)
    made.commit("agent", {"src/b.py": "x = 1\ny = 2\nz = 3\n"}, who=JANE, body=CLAUDE)
    made.commit("by hand", {"src/b.py": "x = 1\ny = 3\nz = 3\n"}, who=JANE)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def told(repo: GitRepo, *more: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        run("provenance", str(repo.path), "--lines", "--json", *more).stdout
    )
    return found


def test_shares_are_of_lines_that_are_left_by_provenance_tool_and_directory(repo: GitRepo) -> None:
    found = told(repo)
    assert found["lines"] == 5
    assert found["provenance"] == {"ai": 2, "mixed": 0, "human": 0, "automation": 0, "unknown": 3}
    assert found["tools"] == {"claude": 2}
    assert found["models"] == {"claude-opus-4-6": 2}
    assert found["directories"] == {".": {"unknown": 2}, "src": {"ai": 2, "unknown": 1}}
    assert told(repo, "--rev", "HEAD~1")["provenance"] == {
        "ai": 3, "mixed": 0, "human": 0, "automation": 0, "unknown": 2,
    }  # fmt: skip


def test_a_note_divides_a_commits_lines(repo: GitRepo) -> None:
    text = 'src/b.py\n  ai_agent 2\n---\n{"schema_version": "authorship/3.0.0"}'
    repo.note(repo.head, text, "refs/notes/ai")
    found = told(repo)
    assert found["provenance"] == {"ai": 3, "mixed": 0, "human": 0, "automation": 0, "unknown": 2}
    assert found["level"] == {"commit": 2, "line": 1}


def test_a_second_time_only_files_that_commits_touched_are_blamed(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept" / "lines.sqlite"
    asked: list[str] = []

    def noted(*asking: Any, **how: Any) -> Any:
        asked.append(asking[1:])
        return run_git(*asking, **how)

    monkeypatch.setattr(blaming, "run_git", noted)

    def blamed() -> list[str]:
        asked.clear()
        found = surviving(Tree(repo.path, repo.head, kept), lambda done, total: None)
        assert found == surviving(
            Tree(repo.path, repo.head, tmp_path / repo.head), lambda done, total: None
        )
        first = asked[: len(asked)]
        return sorted(str(one[-1]) for one in first if one[0] == "blame")

    assert blamed() == ["a.py", "a.py", "src/b.py", "src/b.py"]
    repo.commit("more", {"a.py": "a = 1\nb = 2\nc = 3\n"}, who=JANE)
    assert blamed() == ["a.py", "a.py", "src/b.py"]
    # There and back again: the text is the same, who wrote it is not.
    repo.commit("other", {"a.py": "a = 1\nb = 9\nc = 3\n"}, who=JANE)
    repo.commit("back", {"a.py": "a = 1\nb = 2\nc = 3\n"}, who=JANE)
    assert blamed() == ["a.py", "a.py", "src/b.py"]
    repo.commit("gone", {"a.py": None}, who=JANE)
    assert blamed() == ["src/b.py"]


def test_what_was_kept_is_not_believed_after_history_was_rewritten(
    repo: GitRepo, tmp_path: Path
) -> None:
    kept = tmp_path / "lines.sqlite"
    surviving(Tree(repo.path, repo.head, kept), lambda done, total: None)
    repo.run("reset", "--quiet", "--hard", "HEAD~1")
    found = surviving(Tree(repo.path, repo.head, kept), lambda done, total: None)
    assert [run.sha for run in found["src/b.py"]] == [repo.head]


def test_nothing_is_left_behind_in_the_repository(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "lines.sqlite"
    plain = surviving(Tree(repo.path, repo.head, kept), lambda done, total: None)
    monkeypatch.setattr(keeping, "MANY_FILES", 1)
    kept.unlink()
    before = sorted(str(one) for one in repo.path.rglob("*"))
    assert surviving(Tree(repo.path, repo.head, kept), lambda done, total: None) == plain
    assert sorted(str(one) for one in repo.path.rglob("*")) == before


def test_with_a_short_history_of_its_own_each_file_is_blamed_as_with_the_whole(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = [f"value_{n} = compute({n})" for n in range(40)]

    def change(path: str, at: int, why: str) -> None:
        text[at] = f"value_{at} = {why.replace(' ', '_')}({at})"
        repo.commit(why, {path: "\n".join(text) + "\n"}, who=JANE)

    change("src/c.py", 1, "made")
    change("src/c.py", 5, "changed")
    text[7:9] = ["value_7 = moved(7)", "value_8 = moved(8)"]
    repo.commit("renamed", {"src/c.py": None, "lib/d.py": "\n".join(text) + "\n"}, who=JANE)
    repo.branch("side")
    change("lib/d.py", 12, "on the side")
    repo.branch("main")
    repo.commit("elsewhere", {"a.py": "a = 0\nb = 2\n"}, who=JANE)
    repo.merge("side")
    repo.branch("late", "HEAD~1")
    repo.commit("late", {"lib/e.py": "".join(f"late_{n} = {n}\n" for n in range(20))}, who=JANE)
    repo.branch("main")
    change("lib/d.py", 20, "on main")
    repo.merge("late")
    for n in range(3):
        change("lib/d.py", 30 + n, f"later {n}")
    repo.commit("there and back", {"a.py": "a = 9\nb = 2\n"}, who=JANE)
    repo.commit("back", {"a.py": "a = 0\nb = 2\n"}, who=JANE)

    def found(name: str, revision: str) -> dict[str, tuple[blaming.Run, ...]]:
        return surviving(Tree(repo.path, revision, tmp_path / name), lambda done, total: None)

    head = repo.head
    before = repo.run("rev-parse", "HEAD~4").strip()
    plain = found("plain", head)
    monkeypatch.setattr(keeping, "MANY_FILES", 1)
    assert found("short", head) == plain
    # From what was kept of an earlier revision, its history included.
    found("later", before)
    assert found("later", head) == plain
    assert {run.path for run in plain["lib/d.py"]} == {"src/c.py", "lib/d.py"}


def test_the_export_is_agent_trace_and_reads_back(repo: GitRepo) -> None:
    result = run("provenance", str(repo.path), "--lines", "--export", "agent-trace")
    (record,) = [json.loads(line) for line in result.stdout.splitlines()]
    jsonschema.validate(record, SCHEMA)
    assert record["tool"] == {"name": "claude"}
    assert record["vcs"] == {"type": "git", "revision": repo.head}
    assert record["files"] == [
        {
            "path": "src/b.py",
            "conversations": [
                {
                    "contributor": {"type": "ai", "model_id": "anthropic/claude-opus-4-6"},
                    "ranges": [
                        {"start_line": 1, "end_line": 1},
                        {"start_line": 3, "end_line": 3},
                    ],
                }
            ],
        }
    ]
    assert "files" in result.stderr


def test_the_table_for_people_names_lines_and_directories(repo: GitRepo) -> None:
    result = run("provenance", str(repo.path), "--lines")
    assert "5 lines" in result.stdout
    assert "by directory" in result.stdout
