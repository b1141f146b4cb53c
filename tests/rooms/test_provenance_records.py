"""Agent Blame, whogitit, Agent Trace and Entire: real samples, and what cannot be read."""

import json
from pathlib import Path

import pytest

from correlator.provenance import Claims, Records, judge, judge_line
from correlator.types import Author
from tests.rooms.provenance_samples import DATA, claims_of, sample

SHA = "a" * 40


def of_note(ref: str, text: bytes) -> Claims:
    return claims_of(records=Records(notes={f"refs/notes/{ref}": text}))


def lines_of(found: Claims, path: str, *numbers: int) -> list[str]:
    return [judge_line(found, path, number).author.value for number in numbers]


# --- Agent Blame ---------------------------------------------------------------------------------


def test_agent_blame_version_1_names_a_line_and_how_it_was_matched() -> None:
    found = of_note("agentblame", sample("agentblame-01-v1-snake_case.json"))
    answer = judge_line(found, "package.json", 7)
    assert (answer.author, answer.tools, answer.models) == (Author.AI, ("claude",), ())
    assert answer.certainty == 0.95
    assert "normalized_hash" in answer.because


def test_agent_blame_version_2_lists_an_agents_lines_and_nothing_of_others() -> None:
    found = of_note("agentblame", sample("agentblame-02-v2-camelCase.json"))
    assert lines_of(found, "packages/cli/src/index.ts", 83, 84, 87, 88, 122, 130) == [
        "unknown",
        "ai",
        "ai",
        "unknown",
        "ai",
        "ai",
    ]
    assert "25 lines in 7 files" in judge(found).because


def test_sums_of_a_repository_say_nothing_of_a_commit() -> None:
    found = of_note("agentblame-analytics", sample("agentblame-03-analytics-v2.json"))
    assert (found.found, found.problems) == ((), ())


def test_a_version_that_nobody_has_shown_us_is_reported() -> None:
    found = of_note("agentblame", b'{"version":3,"attributions":[{"path":"a","startLine":1}]}')
    assert found.found == ()
    assert "version 3 is none that we read" in found.problems[0].why


def test_an_attribution_that_cannot_be_read_is_reported_and_the_rest_is_read() -> None:
    note = json.loads(sample("agentblame-02-v2-camelCase.json"))
    note["attributions"][1]["startLine"] = "5"
    found = of_note("agentblame", json.dumps(note).encode())
    assert [one.where for one in found.problems] == [
        "agentblame: refs/notes/agentblame attributions[1]"
    ]
    assert len(found.found) == 7


# --- whogitit ------------------------------------------------------------------------------------


def test_whogitit_version_2_tells_every_line_of_a_file() -> None:
    found = of_note("whogitit", sample("whogitit-01-v2.json"))
    answer = judge_line(found, ".github/workflows/docs.yml", 49)
    assert (answer.author, answer.models) == (Author.AI, ("claude-opus-4-5",))
    assert answer.claims[0].session == "0fd9d502-0db6-4000-b280-50c6e44021fa"
    assert len(found.found) == 1, "49 lines of one source are one claim"


def test_whogitit_version_3_leaves_original_lines_unknown() -> None:
    found = of_note("whogitit", sample("whogitit-02-v3.json"))
    path = "docs/src/getting-started/installation.md"
    assert lines_of(found, path, 56, 57, 58) == ["unknown", "ai", "unknown"]
    assert judge(found).author is Author.AI


def test_whogitits_older_ref_is_told_by_content_and_a_session_without_files_decides_nothing() -> (
    None
):
    found = of_note("ai-blame", sample("whogitit-03-older-ref-ai-blame-empty-files.json"))
    answer = judge(found)
    assert (answer.author, answer.tools) == (Author.UNKNOWN, ("claude",))
    assert answer.models == ("claude-opus-4-5",)


def test_whogitit_knows_people_and_agents_lines_that_people_changed() -> None:
    note = json.loads(sample("whogitit-01-v2.json"))
    lines = note["files"][0]["lines"]
    lines[0]["source"] = {"type": "Human"}
    lines[1]["source"] = {"type": "AIModified", "edit_id": "e", "similarity": 0.8}
    lines[2]["source"] = {"type": "Unknown"}
    found = of_note("whogitit", json.dumps(note).encode())
    path = ".github/workflows/docs.yml"
    assert lines_of(found, path, 1, 2, 3, 4) == ["human", "mixed", "unknown", "ai"]
    assert judge_line(found, path, 1).tools == ()
    assert judge(found).author is Author.MIXED


def test_neither_source_nor_prompt_of_a_note_is_kept() -> None:
    found = of_note("whogitit", sample("whogitit-01-v2.json"))
    assert "Deploy Documentation" not in repr(found.found)
    assert "github pages" not in repr(found.found)


# --- Agent Trace ---------------------------------------------------------------------------------


def traces(*records: bytes) -> Claims:
    return claims_of(records=Records(traces=records))


def test_agent_trace_lines_are_derived_since_the_hook_fires_before_the_commit() -> None:
    found = traces(*sample("agent-trace-01-spec-0.1.0.jsonl").splitlines())
    answer = judge_line(found, "src/lib/data.ts", 18)
    assert (answer.author, answer.tools, answer.models) == (
        Author.AI,
        ("cursor",),
        ("claude-opus-4-8",),
    )
    assert answer.derived
    assert judge_line(found, "src/components/reports/reports-view.tsx", 116).author is Author.AI


def test_pseudo_files_that_hold_commands_are_no_code() -> None:
    found = traces(*sample("agent-trace-01-spec-0.1.0.jsonl").splitlines())
    assert {claim.path for claim in found.found} == {
        "src/components/reports/reports-view.tsx",
        "src/lib/data.ts",
    }


def test_flat_look_alikes_are_skipped_and_counted() -> None:
    found = traces(*sample("agent-trace-02-nonconforming-flat.jsonl").splitlines())
    assert found.found == ()
    assert [one.why for one in found.problems] == [
        "2 records are of a flat look-alike form without 'files': skipped"
    ]


def a_trace(everyone: object, *, revision: str = SHA, path: str = "a.py", **more: object) -> bytes:
    ranges = [{"start_line": 1, "end_line": 2, **more}]
    files = [{"path": path, "conversations": [{"contributor": everyone, "ranges": ranges}]}]
    vcs = {"type": "git", "revision": revision}
    return json.dumps({"version": "0.1.0", "id": "i", "vcs": vcs, "files": files}).encode()


@pytest.mark.parametrize("kind", ["ai", "human", "mixed", "unknown"])
def test_a_contributor_is_one_of_four(kind: str) -> None:
    answer = judge_line(traces(a_trace({"type": kind})), "a.py", 2)
    assert answer.author.value == kind


def test_a_contributor_who_is_not_told_is_unknown() -> None:
    assert traces(a_trace(None)).found == ()


def test_a_range_may_name_its_own_contributor() -> None:
    found = traces(a_trace({"type": "ai"}, contributor={"type": "human"}))
    assert judge_line(found, "a.py", 1).author is Author.HUMAN


def test_a_record_in_a_note_of_the_very_revision_is_exact() -> None:
    found = of_note("prompts", a_trace({"type": "ai", "model_id": "anthropic/claude-opus-4-6"}))
    answer = judge_line(found, "a.py", 1)
    assert (answer.derived, answer.models, answer.tools) == (
        False,
        ("claude-opus-4-6",),
        ("claude",),
    )


@pytest.mark.parametrize("path", ["/etc/passwd", "../a.py", "a/../../b", "C:\\a.py", "file://a"])
def test_a_path_outside_the_repository_is_no_path(path: str) -> None:
    assert traces(a_trace({"type": "ai"}, path=path)).found == ()


# --- Entire --------------------------------------------------------------------------------------

IDENTIFIER = "00c9e2351016"
MESSAGE = f"Fix the thing\n\nEntire-Checkpoint: {IDENTIFIER}\n"


def of_checkpoint(message: str = MESSAGE, **files: bytes) -> Claims:
    named = {name.replace("_", "/", 1) + ".json": text for name, text in files.items()}
    return claims_of(message, Records(checkpoints={IDENTIFIER: named}))


def session(**more: object) -> bytes:
    return json.dumps({"session_id": "s", "agent": "Claude Code", **more}).encode()


def test_a_checkpoint_tells_session_and_estimate() -> None:
    found = of_checkpoint(
        metadata=sample("entire-01-checkpoint-summary.json"),
        **{"0_metadata": sample("entire-02-session-metadata-with-attribution.json")},
    )
    answer = judge(found)
    assert (answer.author, answer.tools) == (Author.AI, ()), "'Agent' is the name of no tool"
    assert "32 of 33 lines" in answer.because
    (claim,) = answer.claims
    assert claim.session == "253fd5ef-38bf-4f4a-804a-98df5088a868"
    assert claim.recorded
    place = "entire/checkpoints/v1:00/c9e2351016/0/full.jsonl"
    assert claim.recorded.transcript == place, "as the checkpoint's summary tells it"


def test_a_named_agent_is_the_tool_and_its_model_is_kept() -> None:
    answer = judge(of_checkpoint(**{"0_metadata": session(model="claude-opus-4-6")}))
    assert (answer.tools, answer.models) == (("claude",), ("claude-opus-4-6",))


def test_sessions_of_a_checkpoint_are_each_a_claim_even_with_a_gap_in_their_numbers() -> None:
    found = of_checkpoint(
        **{"0_metadata": session(), "2_metadata": session(agent="Gemini CLI", session_id="t")}
    )
    assert judge(found).tools == ("claude", "gemini")


@pytest.mark.parametrize(
    ("agent_lines", "author"), [(100, "ai"), (91, "ai"), (60, "mixed"), (0, "unknown")]
)
def test_the_estimated_share_of_people_makes_it_mixed(agent_lines: int, author: str) -> None:
    told = {"agent_lines": agent_lines, "total_committed": 100}
    answer = judge(of_checkpoint(**{"0_metadata": session(initial_attribution=told)}))
    assert answer.author.value == author
    assert answer.tools == ("claude",)


def test_a_trailer_whose_checkpoint_is_missing_is_low() -> None:
    answer = judge(claims_of(MESSAGE))
    assert (answer.author, answer.tools) == (Author.AI, ())
    assert answer.certainty <= 0.4


def test_a_squash_may_name_several_checkpoints_and_each_counts_once() -> None:
    message = f"Fix\n\nEntire-Checkpoint: {IDENTIFIER}\nEntire-Checkpoint: {'b' * 12}\n"
    found = claims_of(message + f"Entire-Checkpoint: {IDENTIFIER}\n")
    assert [claim.session for claim in found.found] == [IDENTIFIER, "b" * 12]


def test_the_newer_identifier_is_known_too() -> None:
    found = claims_of("Fix\n\nEntire-Checkpoint: 01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert len(found.found) == 1


def test_an_identifier_that_is_none_is_reported() -> None:
    found = claims_of("Fix\n\nEntire-Checkpoint: ../../etc")
    assert found.found == ()
    assert "is no identifier" in found.problems[0].why


def test_a_checkpoint_commit_of_entire_itself_is_no_claim() -> None:
    message = sample("entire-04-checkpoint-branch-commit-message.txt").decode()
    assert judge(claims_of(message)).author is Author.UNKNOWN


# --- two records ---------------------------------------------------------------------------------


def two_records(git_ai_key: str, version: str) -> Claims:
    log = (
        f"package.json\n  {git_ai_key} 7\n---\n"
        f'{{"schema_version": "authorship/3.0.0", "git_ai_version": "{version}", "prompts": {{}},'
        f' "base_commit_sha": "{SHA}", "humans": {{"h_1": {{"author": "Jane Roe"}}}}}}'
    )
    blame = sample("agentblame-01-v1-snake_case.json")
    notes = {"refs/notes/ai": log.encode(), "refs/notes/agentblame": blame}
    return claims_of(records=Records(notes=notes))


def test_of_two_records_that_disagree_the_more_certain_decides_and_both_are_shown() -> None:
    answer = judge_line(two_records("h_1", "1.6.0"), "package.json", 7)
    assert answer.author is Author.HUMAN
    assert "agentblame disagrees, the more certain decides" in answer.because
    assert {claim.mechanism for claim in answer.claims} == {"git-ai", "agentblame"}
    answer = judge_line(two_records("human", "1.6.0"), "package.json", 7)
    assert answer.author is Author.AI
    assert "git-ai disagrees" in answer.because


def test_prose_in_the_default_notes_is_never_evidence() -> None:
    found = of_note(
        "commits", b"Plan by Claude:\n---\nCo-authored-by: Claude <noreply@anthropic.com>"
    )
    assert (found.found, found.problems) == ((), ())


def test_no_sample_lies_there_that_no_test_reads() -> None:
    here = "".join(one.read_text("utf-8") for one in Path(__file__).parent.glob("*.py"))
    samples = [one.name for one in DATA.iterdir() if one.name != "SOURCE.md"]
    assert [name for name in samples if name not in here] == []
