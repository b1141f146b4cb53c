"""How much of a repository's notes could be carried over to the commits that were squashed.

    python benchmarks/squash_carry.py PATH [--rev REV]

For each commit that took over noted commits: how many notes there are, in how many of them lines
are claimed, the claimed lines that the head of the pull request still holds, and how many of these
the commit holds as derived claims.
"""

import argparse
from pathlib import Path

from correlator.code.commits import read_commits
from correlator.code.records import Shelf
from correlator.investigation import carried
from correlator.provenance import Claims
from correlator.provenance.following import Side, Texts, written
from correlator.provenance.spans import count, merged
from correlator.types import Claim

TIMEOUT = 600.0


def at_head(side: Side, texts: Texts, claims: dict[str, Claims]) -> int:
    """Lines at the head of the side that a claim of the commit that wrote them speaks of."""
    found = 0
    for path in {path for sha, path in side.blobs if sha == side.head}:
        for at in written(side, path, texts):
            own = claims[at.sha].by_path.get(at.path, ()) if at and at.sha in claims else ()
            found += any(
                first <= at.line + 1 <= last
                for claim in own
                if at and claim.role != "overwritten"
                for first, last in claim.lines
            )
    return found


def lines_of(claims: tuple[Claim, ...]) -> int:
    """Lines that any of the claims speaks of."""
    paths = {claim.path for claim in claims if claim.path}
    return sum(
        count(merged(span for one in claims if one.path == path for span in one.lines))
        for path in paths
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--rev", default="HEAD")
    given = parser.parse_args()
    commits = read_commits(given.path, given.rev)
    shelf = Shelf(given.path, TIMEOUT)
    noted = frozenset(shelf.noted)
    found: list[tuple[str, Side, int, int]] = []
    original = carried.carried_lines_of

    def listen(case, texts, claims):  # type: ignore[no-untyped-def]
        lines = original(case, texts, claims)
        held = at_head(case.side, texts, claims) if case.by_line else 0
        found.append((case.over.sha, case.side, held, lines_of(lines)))
        return lines

    carried.carried_lines_of = listen
    ground = carried.Ground(given.path, shelf, TIMEOUT, tuple(carried.tips_of(commits)))
    carried.carry_over(ground, commits)
    subjects = {commit.sha: commit.subject for commit in commits}
    totals = [0, 0, 0, 0]
    for sha, side, held, lines in found:
        if notes := [one for one in side.commits if one in noted]:
            print(sha[:10], side.name, len(notes), held, lines, subjects.get(sha, "")[:60])
            row = (1, len(notes), held, lines)
            totals = [total + one for total, one in zip(totals, row, strict=True)]
    print(f"{totals[0]} commits took over {totals[1]} of {len(noted - subjects.keys())} notes")
    print(f"{totals[3]} of {totals[2]} claimed lines at the heads were carried")


if __name__ == "__main__":
    main()
