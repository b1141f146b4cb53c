"""git-ai's authorship logs: every form that was ever written, line by line."""

import pytest

from correlator.provenance import Claims, Records, judge, judge_line
from correlator.types import Author, Provenance
from tests.rooms.provenance_samples import claims_of, sample

REF = "refs/notes/ai"
SHA = "a" * 40


def of_sample(name: str, ref: str = REF, message: str = "Fix the thing") -> Claims:
    return claims_of(message, Records(notes={ref: sample(name)}))


def of_note(text: str, ref: str = REF, message: str = "Fix the thing") -> Claims:
    return claims_of(message, Records(notes={ref: text.encode()}))


def line_of(name: str, path: str, line: int) -> Provenance:
    return judge_line(of_sample(name), path, line)


def a_note(attested: str, prompts: str = "{}", rest: str = "", version: str = "1.6.0") -> str:
    return (
        f"{attested}---\n"
        f'{{"schema_version": "authorship/3.0.0", "git_ai_version": "{version}",'
        f' "base_commit_sha": "{SHA}", "prompts": {prompts}{rest}}}'
    )


SESSIONS = """, "sessions": {
 "s_11111111111111": {"agent_id": {"tool": "claude", "id": "one", "model": "claude-opus-4-8"},
                      "human_author": "Jane Roe <jane@example.net>"},
 "s_22222222222222": {"agent_id": {"tool": "codex", "id": "two", "model": "gpt-5.5"},
                      "human_author": null}},
 "humans": {"h_33333333333333": {"author": "Jane Roe <jane@example.net>"}}"""


def test_a_session_and_a_known_human_share_a_file_line_by_line() -> None:
    name = "gitai-01-session-and-known-human.note"
    agent, person = line_of(name, "AGENTS.md", 4), line_of(name, "AGENTS.md", 5)
    assert (agent.author, agent.tools, agent.models, agent.level) == (
        Author.AI,
        ("claude",),
        ("claude-opus-4-8",),
        "line",
    )
    assert agent.claims[0].session == "52faaf7a-10cf-40f8-98a8-fcc7f4f083b2"
    assert agent.claims[0].human == "Sasha Varlamov <sasha@sashavarlamov.com>"
    assert (person.author, person.level) == (Author.HUMAN, "line")
    assert "Sasha Varlamov" in person.because
    assert judge(of_sample(name)).author is Author.MIXED


def test_all_three_kinds_of_key_may_share_a_note() -> None:
    name = "gitai-02-mixed-prompts-sessions-humans.note"
    assert line_of(name, "README.md", 77).author is Author.HUMAN
    assert line_of(name, "README.md", 76).models == ("claude-opus-4-6",)
    assert line_of(name, "README.md", 79).models == ("claude-opus-4-8",)
    answer = judge(of_sample(name))
    assert (answer.author, answer.models) == (Author.MIXED, ("claude-opus-4-6", "claude-opus-4-8"))


def test_a_legacy_note_names_the_tool_of_each_prompt() -> None:
    found = of_sample("gitai-03-legacy-prompts-two-tools.note")
    assert {claim.tool for claim in found.found} == {"cursor", "claude"}
    answer = judge_line(found, "src/commands/status.rs", 335)
    assert (answer.author, answer.tools, answer.models) == (
        Author.AI,
        ("cursor",),
        ("claude-opus-4-5",),
    )
    assert judge(found).tools == ("cursor",), "the other session left no line in the commit"


def test_a_human_key_without_a_record_is_skipped_and_reported() -> None:
    found = of_sample("gitai-04-human-key-without-record.note")
    answer = judge_line(found, "README.md", 13)
    assert (answer.author, answer.level) == (Author.UNKNOWN, "line")
    assert any("h_ea2010baa7a42b" in problem.why for problem in found.problems)
    assert judge(found).models == (), "'unknown' is the name of no model"


def test_the_bare_ai_agent_key_is_an_agent_without_a_name() -> None:
    found = of_sample("gitai-05-bare-ai_agent-key.note")
    answer = judge_line(found, "agent-support/vscode/package-lock.json", 9)
    assert (answer.author, answer.tools) == (Author.AI, ())
    assert judge(found).tools == ("claude",)


def test_a_note_without_attestations_is_recorded_and_decides_nothing() -> None:
    found = of_sample("gitai-06-empty-with-logical-commit-id.note")
    assert [(one.author, one.certainty) for one in found.found] == [(Author.UNKNOWN, 0.0)]
    assert found.problems == ()
    assert judge(found).author is Author.UNKNOWN


def test_two_agents_in_one_commit_are_both_kept() -> None:
    found = of_sample("gitai-07-two-agents-codex-devin.note")
    assert judge(found).tools == ("codex", "devin")
    assert judge_line(found, "src/daemon.rs", 7079).tools == ("devin",)
    assert judge_line(found, "src/daemon.rs", 7079).claims[0].human is None, "Devin is no person"
    assert judge_line(found, "tests/daemon_mode.rs", 1970).models == ("gpt-5.5",)


def test_a_seven_digit_key_without_a_record_is_an_agent_unless_another_note_tells() -> None:
    found = of_sample("gitai-08-seven-hex-key-no-record.note")
    assert judge_line(found, "src/commands/upgrade.rs", 282).tools == ()
    assert judge_line(found, "src/commands/upgrade.rs", 282).author is Author.AI
    note = {REF: sample("gitai-08-seven-hex-key-no-record.note")}
    record = {"349771e": {"agent_id": {"tool": "cursor", "id": "x", "model": "composer-1"}}}
    known = claims_of(records=Records(notes=note, prompts=record))
    answer = judge_line(known, "src/commands/upgrade.rs", 282)
    assert (answer.tools, answer.models) == (("cursor",), ("composer-1",))


def test_the_bare_human_key_is_a_person() -> None:
    found = of_sample("gitai-09-bare-human-key.note")
    assert judge_line(found, "src/commands/hooks/clone_hooks.rs", 47).author is Author.HUMAN


@pytest.mark.parametrize(
    ("added", "author"), [(None, "unknown"), (1, "human"), (2, "unknown"), (0, "unknown")]
)
def test_a_commit_is_a_persons_only_if_most_of_its_lines_are_recorded_as_typed(
    added: int | None, author: str
) -> None:
    note = {REF: sample("gitai-09-bare-human-key.note")}
    answer = judge(claims_of(records=Records(notes=note, added=added)))
    assert answer.author.value == author
    assert "1 line in 1 file" in answer.because


def test_where_entries_overlap_the_later_wins_and_the_earlier_is_shown() -> None:
    answer = line_of("gitai-10-overlapping-ranges.note", "src/commands/install_hooks.rs", 440)
    assert answer.claims[0].session == "019f82b0-e5c2-7c60-90b9-203e4bbd9ceb"
    assert answer.claims[-1].session == "019f6cfb-8eed-7430-8509-7cb0df96f1ba"
    assert answer.claims[-1].role == "overwritten"
    assert "the later wins" in answer.claims[-1].because


def test_an_overwritten_entry_keeps_its_other_lines() -> None:
    path = "src/commands/install_hooks.rs"
    answer = line_of("gitai-10-overlapping-ranges.note", path, 431)
    assert answer.claims[0].session == "019f6cfb-8eed-7430-8509-7cb0df96f1ba"


def test_the_form_before_notes_takes_no_name_of_a_person_for_a_positive_record() -> None:
    ref = f"refs/ai/authorship/{SHA}"
    found = of_sample("gitai-11-pre-notes-authorship-0.0.1.json", ref)
    answer = judge_line(found, "src/commands/stats.rs", 157)
    assert (answer.author, answer.level) == (Author.UNKNOWN, "line")
    assert answer.claims[0].human == "Aidan Cunniffe"


def test_the_form_before_notes_names_agents_as_authors() -> None:
    text = (
        '{"files":{"a.ts":{"file":"a.ts","authors":[{"author":"Cursor","lines":[2,[5,9]],'
        '"agent_metadata":null}]}},"schema_version":"authorship/0.0.1"}'
    )
    found = of_note(text, f"refs/ai/authorship/{SHA}")
    assert judge_line(found, "a.ts", 7).tools == ("cursor",)
    assert judge_line(found, "a.ts", 4).author is Author.UNKNOWN


def test_a_session_of_an_ide_plug_in_is_its_tool() -> None:
    found = of_sample("gitai-12-copilot-jetbrains.note")
    answer = judge_line(found, "tests/conftest.py", 725)
    assert (answer.tools, answer.models) == (("copilot",), ())
    assert answer.claims[0].session == "1784800848985"
    other = judge_line(found, "tests/conftest.py", 724)
    assert (other.author, other.level) == (Author.UNKNOWN, "line")


def test_a_transcript_in_a_record_is_never_part_of_a_claim() -> None:
    prompts = (
        '{"0123456789abcdef": {"agent_id": {"tool": "claude", "id": "i", "model": "m"},'
        ' "messages": [{"type": "user", "text": "the password is hunter2"}]}}'
    )
    found = of_note(a_note("a.py\n  0123456789abcdef 1-2\n", prompts))
    assert judge_line(found, "a.py", 1).tools == ("claude",)
    assert "hunter2" not in repr(found.found)


def test_a_squashed_legacy_note_speaks_of_every_file() -> None:
    found = of_sample("gitai-13-claude-legacy-squashed-pr.note")
    assert judge_line(found, "gitops/gitops.go", 192).tools == ("claude",)
    assert len({claim.path for claim in found.found}) == 7
    assert "459 lines in 7 files" in judge(found).because


def test_droid_is_named_and_a_session_without_a_record_skipped() -> None:
    found = of_sample("gitai-14-droid-legacy.note")
    path = "docs/web/auto-model-routing-alloy.mdx"
    assert judge_line(found, path, 41).tools == ("droid",)
    assert judge_line(found, path, 51).author is Author.UNKNOWN


def test_an_entry_that_does_not_resolve_gives_way_to_the_one_before_it() -> None:
    text = a_note(
        "a.py\n  s_11111111111111::t_00000000000001 1-9\n  s_99999999999999::t_00000000000002 5\n",
        rest=SESSIONS,
    )
    assert judge_line(of_note(text), "a.py", 5).tools == ("claude",)


def test_a_person_who_typed_over_an_agents_line_wins() -> None:
    text = a_note(
        "a.py\n  s_11111111111111::t_00000000000001 1-9\n  h_33333333333333 5\n", rest=SESSIONS
    )
    found = of_note(text)
    assert [judge_line(found, "a.py", n).author for n in (4, 5, 6)] == ["ai", "human", "ai"]


def test_only_the_first_block_of_a_path_is_read() -> None:
    text = a_note(
        "a.py\n  s_11111111111111::t_1 1\nb.py\n  s_22222222222222::t_1 1\n"
        "a.py\n  s_22222222222222::t_1 1-2\n",
        rest=SESSIONS,
    )
    found = of_note(text)
    assert judge_line(found, "a.py", 1).tools == ("claude",)
    assert judge_line(found, "a.py", 2).author is Author.UNKNOWN


def test_a_path_in_quotes_is_read_without_them() -> None:
    text = a_note('"dir/my file.py"\n  s_11111111111111::t_1 3-4\n', rest=SESSIONS)
    assert judge_line(of_note(text), "dir/my file.py", 3).author is Author.AI


def test_line_ends_may_be_of_windows_and_the_last_may_be_missing() -> None:
    text = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS).replace("\n", "\r\n")
    assert judge_line(of_note(text.rstrip()), "a.py", 3).author is Author.AI


def test_an_untracked_line_is_unknown_and_not_its_commits_answer() -> None:
    text = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS)
    answer = judge_line(of_note(text), "a.py", 4)
    assert (answer.author, answer.level) == (Author.UNKNOWN, "line")
    assert "not tracked" in answer.because


def test_an_untracked_line_of_a_commit_with_a_trailer_has_the_trailers_answer() -> None:
    text = a_note("a.py\n  s_22222222222222::t_1 3\n", rest=SESSIONS)
    message = "Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    answer = judge_line(of_note(text, message=message), "a.py", 4)
    assert (answer.author, answer.level, answer.tools) == (Author.AI, "commit", ("claude",))
    assert "git-ai lists lines of this commit" in answer.because


def test_a_record_of_a_line_outranks_the_commits_and_says_so() -> None:
    text = a_note("a.py\n  h_33333333333333 3\n", rest=SESSIONS)
    message = "Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    answer = judge_line(of_note(text, message=message), "a.py", 3)
    assert (answer.author, answer.level) == (Author.HUMAN, "line")
    assert "outranks" in answer.because
    assert {claim.mechanism for claim in answer.claims} == {"git-ai", "trailers"}


def test_a_commit_without_records_of_lines_answers_for_its_lines() -> None:
    found = claims_of("Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    answer = judge_line(found, "a.py", 3)
    assert (answer.author, answer.level) == (Author.AI, "commit")


@pytest.mark.parametrize("tool", ["mock_ai", "test", "test-agent", "human"])
def test_a_test_double_is_no_agent(tool: str) -> None:
    prompts = (
        f'{{"0123456789abcdef": {{"agent_id": {{"tool": "{tool}", "id": "i", "model": "m"}}}}}}'
    )
    found = of_note(a_note("a.py\n  0123456789abcdef 1-2\n", prompts))
    assert judge_line(found, "a.py", 1).author is Author.UNKNOWN
    assert judge(found).author is Author.UNKNOWN


def test_ranges_of_an_older_writer_are_less_certain() -> None:
    def certainty(version: str) -> float:
        note = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS, version=version)
        return judge_line(of_note(note), "a.py", 3).certainty

    assert certainty("1.0.34") < certainty("1.6.22") == certainty("development:1.6.20")


def test_a_note_that_was_written_for_another_commit_says_so() -> None:
    note = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS).replace(SHA, "c" * 40)
    assert "first written for another commit" in judge_line(of_note(note), "a.py", 3).because


def test_a_remotes_copy_counts_only_where_the_log_is_missing() -> None:
    log = a_note("a.py\n  h_33333333333333 3\n", rest=SESSIONS).encode()
    copy = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS).encode()
    both = {"refs/notes/ai": log, "refs/notes/ai-remote/origin": copy}
    assert judge_line(claims_of(records=Records(notes=both)), "a.py", 3).author is Author.HUMAN
    only = {"refs/notes/ai-remote/origin": copy}
    assert judge_line(claims_of(records=Records(notes=only)), "a.py", 3).author is Author.AI


@pytest.mark.parametrize("ref", ["refs/notes/ai-stash", "refs/notes/ai-display"])
def test_logs_of_stashes_and_of_the_display_are_no_records(ref: str) -> None:
    note = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS)
    assert of_note(note, ref).found == ()


def test_a_mirror_may_keep_the_ref_elsewhere() -> None:
    note = a_note("a.py\n  s_11111111111111::t_1 3\n", rest=SESSIONS)
    assert judge(of_note(note, "refs/prov/notes/ai")).author is Author.AI


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a.py\n  s_11111111111111::t_1 3\n", "no line '---'"),
        ("a.py\n  s_11111111111111::t_1 3\n---\n{", "no JSON"),
        ("---\n[1]", "no object"),
        ('---\n{"schema_version": "authorship/4.0.0"}', "authorship/4.0.0"),
        ('---\n{"schema_version": 3}', "schema_version ''"),
        ("---\n" + "[" * 5000, "no JSON"),
    ],
)
def test_a_note_that_cannot_be_read_is_reported_with_where_and_why(text: str, why: str) -> None:
    found = of_note(text)
    assert found.found == ()
    assert [(problem.where, why in problem.why) for problem in found.problems] == [
        (f"git-ai: {REF}", True)
    ]


def test_a_line_that_is_no_attestation_is_reported_and_the_rest_is_read() -> None:
    text = a_note(
        "a.py\n  s_11111111111111::t_1 9-3\n   \n  s_11111111111111::t_1 1-2,\n"
        "  s_11111111111111::t_1 4\n",
        rest=SESSIONS,
    )
    found = of_note(text)
    assert [problem.where for problem in found.problems] == [
        f"git-ai: {REF} line 2",
        f"git-ai: {REF} line 4",
    ]
    assert judge_line(found, "a.py", 4).author is Author.AI


def test_the_first_blobs_named_no_version_and_are_read_all_the_same() -> None:
    text = """{"files": {"a.py": {"file": "a.py", "authors": [
        {"author": "Claude", "lines": [4, [7, 9]], "agent_metadata": {"model": "gpt-5"}},
        {"author": "Jane Roe", "lines": [1], "agent_metadata": null}]}}}"""
    found = of_note(text, ref=f"refs/ai/authorship/{SHA}")
    assert found.problems == ()
    assert judge_line(found, "a.py", 8).author is Author.AI
    assert judge_line(found, "a.py", 1).author is Author.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        '{"files": {}, "schema_version": "authorship/0.0.1"}',
        a_note("a.py\n  h_99999999999999 1\n"),
    ],
)
def test_a_log_that_attests_nothing_is_a_record_that_decides_nothing(text: str) -> None:
    found = of_note(text)
    assert [one.mechanism for one in found.found] == ["git-ai"]
    assert judge(found).author is Author.UNKNOWN


def test_a_models_name_in_quotes_is_the_models_name() -> None:
    record = '{"0123456789abcdef": {"agent_id": {"tool": "codex", "model": "\\"gpt-5\\""}}}'
    found = of_note(a_note("a.py\n  0123456789abcdef 1\n", record))
    assert judge_line(found, "a.py", 1).models == ("gpt-5",)
