"""Check labelled culprit cases against clones of their repositories, and fill in the source lines.

    python -m benchmarks.check_cases CASES.jsonl ... --repo OWNER/NAME=PATH ... [--filled OUT.jsonl]

The stored cases hold no source text of the projects: a frame has its place, and the case a digest
of the line that stood there when the error was captured. This program verifies both, and with
``--filled`` writes the cases with the context lines that a Sentry SDK would have sent.
"""

import argparse
import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONTEXT = 5
DIGITS = 12


def main() -> None:
    """Check every case; exit with 1 and a line per fault when one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, nargs="+")
    parser.add_argument("--repo", action="append", default=[], metavar="OWNER/NAME=PATH")
    parser.add_argument("--filled", type=Path, help="write the cases with their source lines here")
    given = parser.parse_args()
    repos = {name: Path(path) for name, _, path in (text.partition("=") for text in given.repo)}
    rows = [
        json.loads(line)
        for path in given.cases
        for line in path.read_text("utf-8").split("\n")
        if line.strip()
    ]
    wrong = [f"{row['id']}: {fault}" for row in rows for fault in faults(row, repos)]
    wrong += [f"{name}: twice" for name in twice([row["id"] for row in rows])]
    print("\n".join([*wrong, f"{len(rows)} cases, {len(wrong)} faults"]))
    if given.filled:
        lines = (json.dumps(filled(row, repos[row["repo"]]), sort_keys=True) for row in rows)
        given.filled.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    sys.exit(1 if wrong else 0)


def faults(row: dict[str, Any], repos: dict[str, Path]) -> Iterator[str]:
    """What does not hold of a case, each as a sentence."""
    repo = repos.get(row["repo"])
    if repo is None:
        yield f"no --repo for {row['repo']}"
        return
    named = [
        row["deployed_sha"],
        row.get("previous_deploy_sha"),
        row.get("fix_sha"),
        *row["culprit_shas"],
    ]
    absent = [
        sha for sha in named if sha and not holds(repo, "cat-file", "-e", f"{sha}^{{commit}}")
    ]
    if absent:
        yield f"no such commit: {', '.join(absent)}"
        return
    if row["event"].get("release") != row["deployed_sha"]:
        yield "the event's release is not the deployed revision"
    yield from places(row, repo)
    yield from frames(row, repo)


def places(row: dict[str, Any], repo: Path) -> Iterator[str]:
    """Faults of where culprit, deploys and fix stand in the history."""
    deployed, previous = row["deployed_sha"], row.get("previous_deploy_sha")
    if row["variant"] == "fresh" and not previous:
        yield "fresh, but no previous deploy"
    if previous and not contains(repo, deployed, previous):
        yield "the previous deploy is not an ancestor of the deployed revision"
    if row.get("fix_sha") and contains(repo, deployed, row["fix_sha"]):
        yield "the deployed revision contains the fix"
    for culprit in row["culprit_shas"]:
        if not contains(repo, deployed, culprit):
            yield f"the deployed revision does not contain the culprit {culprit}"
        if row["variant"] == "fresh" and previous and contains(repo, previous, culprit):
            yield f"the previous deploy contains the culprit {culprit}"


def frames(row: dict[str, Any], repo: Path) -> Iterator[str]:
    """Faults of the frames: the file must exist when deployed, and hold the line captured."""
    digests = row.get("line_digests") or {}
    ours = [(key, frame) for key, frame in every_frame(row["event"]) if frame.get("in_app")]
    if not ours and row["culprit_shas"]:
        yield "no frame lies in the repository"
    for key, frame in ours:
        lines = source(repo, row["deployed_sha"], frame["filename"])
        at = frame.get("lineno")
        if lines is None:
            yield f"frame {key}: no file {frame['filename']} when deployed"
        elif at and at > len(lines):
            yield f"frame {key}: {frame['filename']} has no line {at}"
        elif at and digest(lines[at - 1]) != digests.get(key):
            yield f"frame {key}: {frame['filename']}:{at} is not the line captured"


def filled(row: dict[str, Any], repo: Path) -> dict[str, Any]:
    """The case with ``pre_context``, ``context_line`` and ``post_context`` in our frames."""
    row = copy.deepcopy(row)
    for _, frame in every_frame(row["event"]):
        lines = (
            source(repo, row["deployed_sha"], frame["filename"]) if frame.get("in_app") else None
        )
        at = frame.get("lineno")
        if not lines or not at or at > len(lines):
            continue
        frame["pre_context"] = lines[max(0, at - 1 - CONTEXT) : at - 1]
        frame["context_line"] = lines[at - 1]
        frame["post_context"] = lines[at : at + CONTEXT]
    return row


def every_frame(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each frame of each exception with its key, ``exception.frame`` by number."""
    for at, value in enumerate(event["exception"]["values"]):
        for number, frame in enumerate(value["stacktrace"]["frames"]):
            yield f"{at}.{number}", frame


def source(repo: Path, sha: str, path: str) -> list[str] | None:
    """The lines of a file at a revision, or None when there is no such file."""
    told = git(repo, "show", f"{sha}:{path}")
    return told.stdout.decode("utf-8", "replace").split("\n") if told.returncode == 0 else None


def digest(line: str) -> str:
    """What stands in for a source line: the first digits of the SHA-256 of it, stripped."""
    return hashlib.sha256(line.strip().encode()).hexdigest()[:DIGITS]


def contains(repo: Path, revision: str, sha: str) -> bool:
    """Whether a revision's history holds a commit."""
    return holds(repo, "merge-base", "--is-ancestor", sha, revision)


def holds(repo: Path, *arguments: str) -> bool:
    """Whether git says yes."""
    return git(repo, *arguments).returncode == 0


def git(repo: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """One git command in a repository."""
    return subprocess.run(["git", "-C", str(repo), *arguments], capture_output=True, check=False)


def twice(names: list[str]) -> list[str]:
    """The names that occur more than once."""
    return sorted({name for name in names if names.count(name) > 1})


if __name__ == "__main__":
    main()
