"""What looks like an agent's work and is not: quotations, reverts, namesakes, committers, jobs.

Each of these is never ai and never mixed, whatever else may be said of it.
"""

from datetime import UTC, datetime

import pytest

from correlator.types import Author
from tests.rooms.provenance_samples import judged

CLAUDE = "Co-Authored-By: Claude <noreply@anthropic.com>"
SIGNED = "Signed-off-by: J <j@example.net>"
GONE = "c" * 40
JANE = "Jane Roe <jane@example.net>"


def by_no_agent(message: str, **given: object) -> bool:
    answer = judged(message, **given)
    assert answer.author not in {Author.AI, Author.MIXED}, answer.because
    return True


@pytest.mark.parametrize(
    "body",
    [
        f"We strip lines like\n`{CLAUDE}`\nfrom squashes.",
        f"```\n{CLAUDE}\n```\n\n{SIGNED}",
        f"~~~text\nFix\n\n{CLAUDE}\n~~~",
        f"```\na fence that nobody closed\n{CLAUDE}\n",
        f"    {CLAUDE}\n",
        f"> {CLAUDE}\n\nwas its last line",
        f"* {CLAUDE}\n",
        f"| {CLAUDE} |\n",
        f"+{CLAUDE}\n-{CLAUDE}\n",
        f"Example of a message:\n\n{CLAUDE}\n\nThat line is now stripped.",
        f"The following trailer is wrong:\n{CLAUDE}\n",
        f'"{CLAUDE}" is removed by the hook',
        f"$ git log -1\ncommit 0123\nAuthor: X <x@y>\n\n    Fix\n\n    {CLAUDE}\n",
        f"<!--\n{CLAUDE}\n-->\n\n{SIGNED}",
        f"<details>\n<summary>Old message</summary>\n\n{CLAUDE}\n\n</details>\n\n{SIGNED}",
        f"<blockquote>\n\n{CLAUDE}\n\n</blockquote>\n\n{SIGNED}",
        f"<PRE>\n{CLAUDE}\n</PRE>\n\n{SIGNED}",
        f"# {CLAUDE}\n",
    ],
)
def test_a_trailer_that_is_quoted_in_any_way_is_nobodys(body: str) -> None:
    assert by_no_agent(f"Strip trailers\n\n{body}")


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ('Revert "Add X"', f"This reverts commit {GONE}.\n\n> {CLAUDE}"),
        (f'Revert "Add X\n\n{CLAUDE}"', f"This reverts commit {GONE}."),
        ('Revert "Add X"', f"This reverts commit {GONE}.\n\nAdd X\n\n{CLAUDE}\n\n{SIGNED}"),
        ('Revert "Add X" (#12)', f"Reverts acme/shop#10\n\nOriginal commit message:\n\n{CLAUDE}"),
        ('Revert "Add X"', f"---------\n\n{CLAUDE}\n\n{SIGNED}"),
        ("revert: feat: x", f"This reverts commit {GONE}.\n\nfeat: x\n\n{CLAUDE}\n\n{SIGNED}"),
        ("Undo Add X", f"This reverts commit {GONE}.\n\nIts message:\n\n{CLAUDE}\n\n{SIGNED}"),
        ('Backout "Add X"', f"This backs out commit {GONE}.\n\nAdd X\n\n{CLAUDE}\n\n{SIGNED}"),
        ("Bug 1 - no X", f"Backed out changeset 0123\n\nAdd X\n\n{CLAUDE}\n\n{SIGNED}"),
        ('Reapply "Add X"', f"This reverts commit {GONE}.\n\n    {CLAUDE}\n"),
        (
            'Revert "Add X"',
            f"This reverts commit {GONE}.\n\n"
            "🤖 Generated with [Claude Code](https://claude.com/claude-code)\n\nwas said of it.",
        ),
    ],
)
def test_a_revert_that_repeats_the_message_it_takes_back_is_not_an_agents(
    subject: str, body: str
) -> None:
    assert by_no_agent(f"{subject}\n\n{body}")


def test_a_squash_that_holds_a_revert_among_others_keeps_its_trailers() -> None:
    body = f"* Revert x\n\nThis reverts commit {GONE}.\n\n* Add y\n\n{CLAUDE}\n\n{SIGNED}"
    assert judged(f"Add y (#12)\n\n{body}").author is Author.AI


@pytest.mark.parametrize(
    "who",
    [
        "Claude Monet <claude@monet.fr>",
        "Claude <claude.dupont@orange.fr>",
        "Claude <98765+claude@users.noreply.github.com>",
        "Jean-Claude <jc@example.net>",
        "Claude Opus <claude.opus@example.fr>",
        "Devin Booker <devin@suns.example>",
        "Devin <devin@gmail.com>",
        "Devin AI Kumar <devinai@gmail.com>",
        "Jules <jules@corp.example>",
        "Cody <cody@cody.example>",
        "Goose <goose@gmail.com>",
        "Cline <12345+cline@users.noreply.github.com>",
        "Gemini Rao <gemini@rao.example>",
        "Gemini <gemini@gmail.com>",
        "Amp <amp@gmail.com>",
        "Kimi <kimi@raikkonen.example>",
        "Droid <droid@android.example>",
        "Cursor <me@cursor-fan.example>",
        "Codex <codex@library.example>",
        "llm-wizard <llm-wizard@users.noreply.github.com>",
        "Jane <jane@anthropic.com>",
        "Sam <sam@openai.com>",
    ],
)
def test_a_person_of_such_a_name_is_a_person_in_every_role(who: str) -> None:
    assert by_no_agent("Fix", author=who)
    assert by_no_agent(f"Fix\n\nCo-authored-by: {who}")
    assert by_no_agent("Fix", author=JANE, committer=who)


@pytest.mark.parametrize("key", ["Reviewed-by", "Reported-by", "Tested-by", "Suggested-by", "Cc"])
def test_an_agent_that_did_something_else_did_not_write(key: str) -> None:
    assert by_no_agent(f"Fix\n\n{key}: Claude <noreply@anthropic.com>")


@pytest.mark.parametrize(
    "committer",
    [
        "Claude <noreply@anthropic.com>",
        "Claude Opus 4.8 <noreply@anthropic.com>",
        "Copilot <198982749+Copilot@users.noreply.github.com>",
        "Jane Roe (aider) <jane@example.net>",
        "Cursor Agent <cursoragent@cursor.com>",
        "devin-ai-integration[bot] <158243242+devin-ai-integration[bot]@users.noreply.github.com>",
        "google-labs-jules[bot] <161369871+google-labs-jules[bot]@users.noreply.github.com>",
        "openhands <openhands@all-hands.dev>",
        "Codex <codex@openai.com>",
        "GitHub <noreply@github.com>",
    ],
)
def test_who_only_committed_did_not_write(committer: str) -> None:
    assert by_no_agent("Fix", author=JANE, committer=committer)
    assert by_no_agent(f"Fix\n\n{SIGNED}", author=JANE, committer=committer)


@pytest.mark.parametrize(
    "trailer",
    [
        "Co-authored-by: Copilot <copilot@github.com>",
        "Co-authored-by: Copilot <Copilot@GitHub.com>",
        "Co-authored-by: GitHub Copilot <copilot@github.com>",
        "Co-authored-by:Copilot <copilot@github.com>",
        "CO-AUTHORED-BY: copilot <copilot@github.com>",
        "Co-authored-by: Copilot <copilot@github.com>\n\n* b\n\n"
        "Co-authored-by: Copilot <copilot@github.com>\n\n" + SIGNED,
    ],
)
@pytest.mark.parametrize("day", [(4, 21, 0), (4, 28, 12), (5, 6, 23)])
def test_in_the_weeks_of_the_editors_fault_its_trailer_says_nothing(
    trailer: str, day: tuple[int, int, int]
) -> None:
    assert by_no_agent(f"Fix\n\n{trailer}", at=datetime(2026, *day, tzinfo=UTC))


@pytest.mark.parametrize(
    "value",
    [
        "openstack/project-config:roles/prepare-zanata-client/files/translation_update.sh",
        "protoc 3.21",
        "make manifests",
        "gemini-generator 1.2 (star charts)",
        "gpt-engineer 0.1",
        "cursor codegen",
        "Composer 2.1",
        "swe-agent 1.0",
        "copybara",
        "openapi-generator-cli",
        "Jane Roe <jane@example.net>",
        "continue.sh",
        "tools/codex/gen.py",
        "goose",
        "goose migrations",
        "pi 3.14",
        "pi",
        "no AI",
    ],
)
def test_a_job_that_says_what_generated_its_output_is_no_agent(value: str) -> None:
    assert by_no_agent(f"Regenerate\n\nGenerated-By: {value}")
    assert by_no_agent(f"Regenerate\n\n{SIGNED}\nGenerated-by: {value}")


@pytest.mark.parametrize(
    "line",
    ["AI: 1 new behaviour", "AI: true believers wanted", "AI: yes-men", "AI: no AI, just sed",
     "AI-assisted: false", "Assisted-by: none", "AI-generated: No", "Assisted-by: coccinelle"],
)  # fmt: skip
def test_a_line_with_such_a_key_needs_a_value_that_says_so(line: str) -> None:
    assert by_no_agent(f"Fix\n\n{line}")
    assert by_no_agent(f"Fix\n\n{line}\n{SIGNED}")
