"""Agent Trace records in the work tree find the commit that they are of."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from correlator.code.commits import read_commits
from correlator.investigation.recorded import Judged, judge_commits
from tests.gitrepo import GitRepo

JANE = "Jane Roe <jane@example.net>"
CODE = "def f():\n    return 1\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("base", {"a.py": "import os\n"}, who=JANE)
    return made


def record(revision: str, path: str, span: tuple[int, int], text: str | None) -> str:
    told: dict[str, Any] = {"start_line": span[0], "end_line": span[1]}
    if text is not None:
        told["content_hash"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]
    conversation = {
        "contributor": {"type": "ai", "model_id": "anthropic/claude-opus-4-8"},
        "ranges": [told],
    }
    found = {
        "version": "0.1.0",
        "id": "1",
        "timestamp": "2026-01-01T00:00:00Z",
        "vcs": {"type": "git", "revision": revision},
        "tool": {"name": "cursor", "version": "3"},
        "files": [{"path": path, "conversations": [conversation]}],
    }
    return json.dumps(found) + "\n"


def judged(repo: GitRepo) -> dict[str, Judged]:
    found = read_commits(repo.path)
    return {one.commit.subject: one for one in judge_commits(repo.path, found)}


def spans(one: Judged, path: str) -> list[tuple[int, int]]:
    return sorted(span for claim in one.claims.by_path.get(path, ()) for span in claim.lines)


def test_a_record_is_of_the_commit_that_added_its_text(repo: GitRepo) -> None:
    trace = record(repo.head, "a.py", (2, 3), CODE.rstrip("\n"))
    repo.commit("other", {"a.py": "import os\nimport re\n"}, who=JANE)
    text = "import os\nimport re\n" + CODE
    repo.commit("work", {"a.py": text, ".agent-trace/traces.jsonl": trace}, who=JANE)
    found = judged(repo)
    assert found["other"].provenance.author == "unknown"
    assert spans(found["work"], "a.py") == [(3, 4)]
    answer = found["work"].provenance
    assert (answer.author, answer.derived, answer.tools) == ("ai", True, ("cursor",))


def test_a_record_without_a_hash_is_of_the_very_next_commit_and_less_certain(repo: GitRepo) -> None:
    hashed = record(repo.head, "b.py", (1, 2), CODE.rstrip("\n"))
    placed = record(repo.head, "a.py", (1, 2), None)
    files = {"a.py": "import os\nimport re\n", "b.py": CODE}
    repo.commit("work", {**files, ".agent-trace/traces.jsonl": hashed + placed}, who=JANE)
    repo.commit("later", {"a.py": "import sys\nimport re\n"}, who=JANE)
    found = judged(repo)
    assert found["later"].claims.found == ()
    # Line 1 was there before: the commit did not write it, whatever the record says.
    assert spans(found["work"], "a.py") == [(2, 2)]
    by_path = found["work"].claims.by_path
    assert by_path["a.py"][0].certainty < by_path["b.py"][0].certainty


def test_text_that_no_commit_holds_is_nobodys(repo: GitRepo) -> None:
    trace = record(repo.head, "a.py", (2, 3), "something else\nentirely")
    repo.commit("work", {"a.py": "import os\n" + CODE, ".agent-trace/t.jsonl": trace}, who=JANE)
    assert judged(repo)["work"].claims.found == ()


def test_a_revision_that_was_squashed_away_leaves_it_to_the_text(repo: GitRepo) -> None:
    lost = "0" * 39 + "1"
    trace = record(lost, "a.py", (2, 3), CODE.rstrip("\n")) + record(lost, "a.py", (1, 1), None)
    repo.commit("work", {"a.py": "import os\n" + CODE, ".agent-trace/t.jsonl": trace}, who=JANE)
    assert spans(judged(repo)["work"], "a.py") == [(2, 3)]


def test_records_that_cannot_be_read_are_reported_and_the_rest_is_read(repo: GitRepo) -> None:
    flat = json.dumps({"schema": "agent-trace/v0.1.0", "file_path": "/x"}) + "\n"
    prompts = json.dumps({"prompt": "secret words"}) + "\n"
    good = record(repo.head, "a.py", (2, 3), CODE.rstrip("\n"))
    text = flat + prompts + "{not json\n" + good
    repo.commit("work", {"a.py": "import os\n" + CODE, ".agent-trace/t.jsonl": text}, who=JANE)
    one = judged(repo)["work"]
    assert one.provenance.author == "ai"
    whys = [problem.why for problem in one.problems]
    assert any("look-alike" in why for why in whys)
    assert any("no JSON" in why for why in whys)
    assert "secret" not in str(one)


@pytest.mark.parametrize(
    "amiss",
    [
        '{"version":"0.1.0","files":[{"path":5}],"vcs":{"type":"git","revision":"%s"}}',
        '{"version":"0.1.0","files":"x","vcs":[]}',
        '{"version":"0.1.0","files":[{"path":"a.py","conversations":[{"ranges":[{"start_line":1,'
        '"end_line":999999998}]}]}],"vcs":{"type":"git","revision":"%s"}}',
        '{"version":"0.1.0","files":[{"path":"../../etc/passwd","conversations":[{"ranges":[]}]}]}',
        "[" * 5000,
    ],
)
def test_hostile_records_fail_cleanly(repo: GitRepo, amiss: str) -> None:
    text = amiss.replace("%s", repo.head)
    repo.commit("work", {"a.py": "x\n", ".agent-trace/t.jsonl": text}, who=JANE)
    assert judged(repo)["work"].provenance.author == "unknown"
