"""Counts per mechanism: ours beside those of plain git commands, commit by commit.

    python benchmarks/provenance_counts.py PATH [--show 3]

PATH is a full clone with ``refs/notes/*``. The left column is what the command under COMMANDS
prints, run in the clone with bash; the right one the commits of ``correlator provenance PATH
--commits --json`` that name the mechanism by a record of their own (not a derived one). The
commands run none of Correlator's code. Their lists of names and addresses follow the formats'
documents and, where these have none, Correlator's own: there the columns are not independent.
``--show N`` prints the first N commits on which the columns differ, to be read.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

_AGENT_MAILS = (
    r"noreply@anthropic\.com|claude@anthropic\.com|cursoragent@cursor\.com|copilot@github\.com"
    r"|(noreply|codex)@openai\.com|aider@aider\.chat|noreply@aider\.(dev|chat)|amp@ampcode\.com"
    r"|(openhands|opendevin)@all-hands\.dev|opendevin@opendevin\.ai|bot@opendevin\.com"
    r"|cline@example\.com|roomote@roocode\.com|droid@factory\.ai|crush@charm\.land"
    r"|qwen-coder@alibabacloud\.com|noreply@opencode\.ai|junie@jetbrains\.com|oz-agent@warp\.dev"
    r"|noreply@lovable\.dev|noreply@google\.com|pydanty@pydantic\.dev|subagent@clawd\.ai"
    r"|noreply@crush\.charm\.land|noreply@termai\.io"
    r"|help@firebender\.com|contact@tilework\.tech|amp@example\.com|clawdbot@localhost"
    # The numbers of GitHub accounts, which stay when a login changes.
    r"|(198982749|223556219|175728472|209825114|158243242|161369871|176961590|218312386|199175422"
    r"|206951365|219738659|138933559|159125892|148906541|191113872|154288675|208079219|136622811"
    r"|251103656|65095814)\+[^@>]*@users\.noreply\.github\.com"
    # These also do other work, or are people's: together with the name only.
    r"|(roo code|roomote) <"
    r"|claude\[bot\] <41898282\+[^@>]*@users\.noreply\.github\.com"
    r"|Copilot Autofix[^<]*<(62310815|223894421)\+[^@>]*@users\.noreply\.github\.com"
)
_ROBOTS = (
    r"dependabot|renovate|github-actions|actions@github\.com|github action"
    r"|pre-commit-ci|mergify|greenkeeper|snyk-bot"
    r"|dotnet-maestro|dotnet bot|dotnet-policy|ghostty-vouch|beads-flake|semantic-release"
    r"|allcontributors|imgbot|weblate|\[bot\]"
)
_AGENT_BOTS = (
    r"\b(claude|copilot-swe-agent|devin-ai-integration|google-labs-jules|pydanty|cursor|roomote"
    r"|factory-droid|chatgpt-codex-connector|gemini-cli|gpt-engineer-app|codeflash-ai)\[bot\]"
    r"|\b(roo code|roomote) <"
)
_OF_HEAD = "sort -u | comm -12 - <(git rev-list HEAD | sort)"
_LOG = "git log --format=%H -i -E"

COMMANDS = {
    "git-ai": "{ git notes --ref=ai list | cut -d' ' -f2; git for-each-ref "
    f"--format='%(refname:lstrip=3)' refs/ai/authorship; }} | {_OF_HEAD}",
    "agentblame": f"git notes --ref=agentblame list | cut -d' ' -f2 | {_OF_HEAD}",
    "whogitit": "{ git notes --ref=whogitit list; git notes --ref=ai-blame list; } | "
    f"cut -d' ' -f2 | {_OF_HEAD}",
    "entire": f"{_LOG} --grep='^Entire-Checkpoint: *([0-9a-f]{{12}}|[0-9A-Z]{{26}})'",
    "trailers": f"{_LOG} --grep='^co-authored-by:.*({_AGENT_MAILS})'",
    "identities": "git log --format='%H %an <%ae>%n%H %cn <%ce>' | "
    f"grep -iE '<({_AGENT_MAILS})>|{_AGENT_BOTS}|\\(aider\\)' | cut -d' ' -f1 | sort -u",
    "automation": f"git log --format='%H %an <%ae>' | grep -iE '{_ROBOTS}' | "
    f"grep -viE '<({_AGENT_MAILS})>|{_AGENT_BOTS}' | cut -d' ' -f1",
    "bodies": f"{_LOG} --grep='generated with \\[' --grep='generated with [a-z]+ ?[a-z]*$' "
    "--grep='^claude-session: https://claude.ai/code/' --grep='^amp-thread-id: *.*T-' "
    "--grep='^agent-logs-url: https://github.com/' --grep='^made-with: cursor' "
    "--grep='^replit-commit-author: (agent|assistant)'",
    "community": "git log --format='@%H%n%b' | sed -nE -e '/^@[0-9a-f]{40}$/{s/^@//;h}' "
    "-e '/^(assisted-by|generated-by|ai-assisted|ai-generated|ai|ai-tool|ai-model|ai-agent"
    "|agent-signature): /I{g;p}' | sort -u",
    "declarations": f"{_LOG} --grep='^[*_# ]*(ai|llm)[ -](usage|use|disclosure|disclaimer"
    "|declaration|assistance|note)[*_ ]*:'",
}


def by_git(path: Path, command: str) -> set[str]:
    """The commits that a command prints."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=path, check=False, capture_output=True, text=True
    )
    return set(done.stdout.split())


def by_us(path: Path) -> dict[str, set[str]]:
    """The commits by mechanism, as far as it has a record of the commit itself."""
    command = [sys.executable, "-m", "correlator", "provenance", str(path), "--commits", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, set[str]] = {name: set() for name in COMMANDS}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        for name in set(row["mechanisms"]) - set(row["derived_mechanisms"]):
            found.setdefault(name, set()).add(row["sha"])
    return found


def main() -> None:
    """Print both columns."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    ours = by_us(given.path)
    head = by_git(given.path, "git rev-parse HEAD")
    commits = by_git(given.path, "git rev-list HEAD")
    print(f"{given.path.name} at {' '.join(head)[:12]}, {len(commits)} commits")
    print(f"{'mechanism':<14}{'git':>8}{'ours':>8}{'only git':>10}{'only ours':>10}")
    for name in sorted(ours):
        theirs = by_git(given.path, COMMANDS[name]) if name in COMMANDS else set()
        missed, more = theirs - ours[name], ours[name] - theirs
        if theirs or ours[name]:
            counts = f"{len(theirs):>8}{len(ours[name]):>8}{len(missed):>10}{len(more):>10}"
            print(f"{name:<14}{counts}{'' if name in COMMANDS else '   (no plain command)'}")
        for mark, shas in (("only git", missed), ("only ours", more)):
            for sha in sorted(shas)[: given.show]:
                print(f"  {mark} {sha}")


if __name__ == "__main__":
    main()
