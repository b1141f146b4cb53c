"""Whether the answers for commits that a person read by hand are the reader's.

    python benchmarks/provenance_hand_read.py OWNER/NAME PATH [OWNER/NAME PATH ...]

PATH is a full clone with its notes, its pull-request heads and Entire's branch. The labels are in
``data/provenance/hand_read.jsonl``. Exit code 1 if an answer differs.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from correlator.code.contents import single
from correlator.investigation.recorded import TIMEOUT, judge_commits

LABELS = Path(__file__).parent / "data" / "provenance" / "hand_read.jsonl"


def labels_of(repo: str) -> dict[str, dict[str, str]]:
    """Label and reason by commit, of one repository."""
    rows = (json.loads(line) for line in LABELS.read_text("utf-8").splitlines())
    return {row["sha"]: row for row in rows if row["repo"] == repo}


def check(repo: str, path: Path) -> int:
    """Print what differs, and the counts; how many differ or are not there."""
    labels = labels_of(repo)
    commits = single(path, labels, TIMEOUT)
    # Alone, without the rest of the history: the answer must not depend on what else is asked.
    found = {one.commit.sha: one.provenance for one in judge_commits(path, commits)}
    wrong = 0
    for sha, row in labels.items():
        answer = found.get(sha)
        if answer is None or answer.author.value != row["label"]:
            wrong += 1
            ours = f"{answer.author.value}: {answer.because}" if answer else "not in the clone"
            print(f"{repo} {sha[:12]}: read as {row['label']} ({row['why']}), ours {ours}")
    spread = dict(sorted(Counter(row["label"] for row in labels.values()).items()))
    print(f"{repo}: {len(labels) - wrong} of {len(labels)} as read by hand {spread}")
    return wrong


def main() -> None:
    """Check each repository that was given."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pairs", nargs="+", metavar="OWNER/NAME PATH")
    given = parser.parse_args().pairs
    if len(given) % 2:
        parser.error("give pairs of OWNER/NAME and PATH")
    wrong = [check(repo, Path(path)) for repo, path in zip(given[::2], given[1::2], strict=True)]
    sys.exit(1 if any(wrong) else 0)


if __name__ == "__main__":
    main()
