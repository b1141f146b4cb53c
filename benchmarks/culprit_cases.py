"""Labelled culprit cases as the ranking sees them: gathered once, features as a matrix."""

import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from correlator.code.paths import PathIndex, locate
from correlator.code.repo import Repo
from correlator.investigation.gathering import gather
from correlator.ranking.rank import findings
from correlator.ranking.signals import SIGNALS
from correlator.sources.sentry_event import parse_event

# The names that a signal may have in a weights file, in the order of the matrix' columns.
NAMES = tuple(name for name, _ in SIGNALS.items())


@dataclass(frozen=True, eq=False)
class Labelled:
    """One case: strengths (candidate by signal), which candidates are culprits, and whose."""

    id: str
    variant: str
    culprits: tuple[str, ...]
    shas: tuple[str, ...]
    strengths: np.ndarray
    right: np.ndarray
    seconds: float

    @property
    def regression(self) -> str:
        """What the variants of one regression share."""
        return self.id.rsplit("-", 1)[0]


def load(cases: Path, repos: dict[str, Path], processes: int = 2) -> list[Labelled]:
    """Gather every case of a JSON lines file. Labels never reach the ranking."""
    lines = [line for line in cases.read_text("utf-8").splitlines() if line.strip()]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_one, lines, [repos] * len(lines), chunksize=4))


def _one(line: str, repos: dict[str, Path]) -> Labelled:
    row = json.loads(line)
    began = time.monotonic()
    repo = Repo(repos[row["repo"]])
    event = parse_event(row["event"], received_at=datetime.now(UTC), secret=b"benchmark")
    deployed = row["deployed_sha"]
    located = locate(event, PathIndex(repo.files(deployed)))
    case = gather(repo, event, located, deployed, row.get("previous_deploy_sha")).case
    strengths = np.zeros((len(case.candidates), len(NAMES)))
    for at, candidate in enumerate(case.candidates):
        for name, finding in findings(case, candidate).items():
            strengths[at, NAMES.index(name)] = finding.strength
    return Labelled(
        id=row["id"],
        variant=row["variant"],
        culprits=tuple(row["culprit_shas"]),
        shas=tuple(candidate.commit.sha for candidate in case.candidates),
        strengths=strengths,
        right=np.array([c.commit.sha in row["culprit_shas"] for c in case.candidates], bool),
        seconds=time.monotonic() - began,
    )
