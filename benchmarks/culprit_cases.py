"""Labelled culprit cases as the ranking sees them: gathered once and kept, features as a matrix.

What gathering finds of a case depends on the repository and on the code that gathers, not on
signals or weights; so it is kept in a cache under a digest of that code, and a refit reads no git.
"""

import argparse
import hashlib
import json
import pickle
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import correlator
from benchmarks.check_cases import filled
from benchmarks.incumbents import INCUMBENTS, Rule, Situation
from benchmarks.kept_repo import KeptRepo
from correlator.code.paths import PathIndex, locate
from correlator.investigation.gathering import gather
from correlator.ranking.case import Case
from correlator.ranking.dispatch import Function, common_functions, function_of
from correlator.ranking.outside import ABOUT_THE_TRACE, outside
from correlator.ranking.rank import findings
from correlator.ranking.signals import SIGNALS
from correlator.sources.sentry_event import parse_event
from correlator.types import Event, Location

# The names that a signal may have in a weights file, in the order of the matrix' columns.
NAMES = tuple(name for name, _ in SIGNALS.items())
OWN = Path(__file__).with_name("data") / "culprits"
CACHE = Path.home() / ".cache" / "correlator-benchmarks"
_HOME = Path(correlator.__file__).parent
# Whatever gathering reads: what it finds changes with these.
GATHERS = (
    *(_HOME / f"code/{name}.py" for name in ("repo", "logs", "history", "patches", "blame")),
    *(_HOME / f"code/{name}.py" for name in ("spans", "paths", "layout")),
    *(_HOME / f"investigation/{name}.py" for name in ("gathering", "harmless", "past")),
    _HOME / "ranking/sweeps.py",
    _HOME / "sources/sentry_event.py",
)
RULES = (Path(__file__).with_name("incumbents.py"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule said: the place of the first culprit, whether it named any, and how long."""

    place: int | None
    answered: bool
    seconds: float


@dataclass(frozen=True, eq=False)
class Labelled:
    """One case: strengths (candidate by signal), which candidates are culprits, and whose."""

    id: str
    repo: str
    language: str
    variant: str
    culprits: tuple[str, ...]
    shas: tuple[str, ...]
    strengths: np.ndarray
    right: np.ndarray
    seconds: float
    # Whether the event speaks of another host, and which candidates speak against that.
    external: bool
    ours: np.ndarray

    @property
    def regression(self) -> str:
        """What the variants of one regression share."""
        return self.id.rsplit("-", 1)[0]

    @property
    def group(self) -> str:
        """Where it comes from, as far as the figures tell apart."""
        return {"django/django": "Django"}.get(self.repo, self.language)


@dataclass(frozen=True)
class Gatherer:
    """Where the clones are, and where gathered cases are kept."""

    repos: Mapping[str, Path]
    cache: Path

    def case(self, row: Mapping[str, Any]) -> tuple[Case, float]:
        """The gathered case, and the seconds that gathering took when it was done."""
        kept = self.cache / f"{row['id']}-{_digest(row)}.case"
        if kept.exists():
            case, seconds = pickle.loads(zlib.decompress(kept.read_bytes()))
            return case, seconds
        began = time.monotonic()
        case = self._gather(row)
        seconds = time.monotonic() - began
        self.cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(zlib.compress(pickle.dumps((case, seconds), protocol=5), 1))
        return case, seconds

    def _gather(self, row: Mapping[str, Any]) -> Case:
        repo, event, located = self._located(row)
        deployed = row["deployed_sha"]
        return gather(repo, event, located, deployed, row.get("previous_deploy_sha")).case

    def _located(self, row: Mapping[str, Any]) -> tuple[KeptRepo, Event, tuple[Location, ...]]:
        path = self.repos[row["repo"]]
        repo = KeptRepo(path, self.cache / "git")
        shown = filled(dict(row), path) if row.get("line_digests") else row
        event = parse_event(shown["event"], received_at=datetime.now(UTC), secret=b"benchmark")
        return repo, event, locate(event, PathIndex(repo.files(row["deployed_sha"])))

    def incumbents(self, row: Mapping[str, Any]) -> dict[str, Answer]:
        """What each incumbent says of a case."""
        kept = self.cache / f"{row['id']}-{_digest(row, RULES)}.rules"
        if kept.exists():
            found: dict[str, Answer] = pickle.loads(kept.read_bytes())
            return found
        repo, event, located = self._located(row)
        told = Situation(
            repo=repo,
            located=located,
            deployed=row["deployed_sha"],
            previous=row.get("previous_deploy_sha"),
            head=repo.head_at(event.at) or row["deployed_sha"],
            seen=event.at,
        )
        found = {name: _answer(rule, told, row) for name, rule in INCUMBENTS.items()}
        kept.write_bytes(pickle.dumps(found))
        return found

    def functions(self, row: Mapping[str, Any]) -> frozenset[Function]:
        """The functions that the trace of a case goes through."""
        case, _ = self.case(row)
        return frozenset(function_of(place.path, place.name) for place in case.places)

    def __call__(
        self, row: Mapping[str, Any], common: frozenset[Function] = frozenset()
    ) -> Labelled:
        """The case as a matrix. Labels never reach gathering or signals."""
        case, seconds = self.case(row)
        case = replace(case, common=common)
        began = time.monotonic()
        strengths = np.zeros((len(case.candidates), len(NAMES)))
        for at, candidate in enumerate(case.candidates):
            for name, finding in findings(case, candidate).items():
                strengths[at, NAMES.index(name)] = finding.strength
        about = [at for at, name in enumerate(NAMES) if name in ABOUT_THE_TRACE]
        inside = np.array([candidate.in_range for candidate in case.candidates], bool)
        return Labelled(
            id=row["id"],
            repo=row["repo"],
            language=row.get("language", "Python"),
            variant=row["variant"] if row["culprit_shas"] else "outage",
            culprits=tuple(row["culprit_shas"]),
            shas=tuple(candidate.commit.sha for candidate in case.candidates),
            strengths=strengths,
            right=np.array([c.commit.sha in row["culprit_shas"] for c in case.candidates], bool),
            seconds=seconds + time.monotonic() - began,
            external=outside(case.event) is not None,
            ours=inside & strengths[:, about].any(axis=1),
        )


def arguments(description: str | None) -> argparse.ArgumentParser:
    """What every program about culprit cases is told."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path, nargs="*", help="case files beside our own")
    parser.add_argument("--repo", action="append", default=[], metavar="OWNER/NAME=PATH")
    parser.add_argument(
        "--clones",
        type=Path,
        action="append",
        default=[],
        metavar="DIRECTORY",
        help="holds clones named OWNER+NAME, OWNER+NAME/repo or NAME.git",
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="keeps what was gathered")
    parser.add_argument("--processes", type=int, default=1)
    return parser


def rows_of(given: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows of the files given, and of our own."""
    files = [*given.cases, *sorted(OWN.glob("*.jsonl"))]
    texts = (path.read_text("utf-8").split("\n") for path in files)
    rows = [json.loads(line) for lines in texts for line in lines if line.strip()]
    # What a process remembers of a repository serves the next case of it.
    return sorted(rows, key=lambda row: (row["repo"], row["id"]))


def clones(given: argparse.Namespace, names: Iterable[str]) -> dict[str, Path]:
    """Where the repositories of these names are; those that are nowhere are left out."""
    found = {name: Path(path) for name, _, path in (text.partition("=") for text in given.repo)}
    for name in dict.fromkeys(names):
        owner, _, short = name.partition("/")
        for home in given.clones:
            places = (f"{owner}+{short}/repo", f"{owner}+{short}", f"{short}.git")
            here = [home / place for place in places if (home / place).exists()]
            if here and name not in found:
                found[name] = here[0]
    return found


def load(given: argparse.Namespace) -> list[Labelled]:
    """Gather, or take from the cache, every case whose repository is here; say what is left out."""
    gatherer, rows = _here(given)
    with ProcessPoolExecutor(given.processes) as pool:
        traces = list(pool.map(gatherer.functions, rows, chunksize=4))
        return list(pool.map(gatherer, rows, earlier(rows, traces), chunksize=4))


def earlier(
    rows: Sequence[Mapping[str, Any]], traces: Sequence[frozenset[Function]]
) -> list[frozenset[Function]]:
    """By case: functions that many earlier regressions of its repository go through, as an
    installation knows them by then. A regression counts once."""
    found = []
    for row in rows:
        own, at = _regression(row), row["event"]["timestamp"]
        known = {
            _regression(other): functions
            for other, functions in zip(rows, traces, strict=True)
            if other["repo"] == row["repo"] and other["event"]["timestamp"] < at
        }
        known.pop(own, None)
        found.append(common_functions(list(known.values())))
    return found


def _regression(row: Mapping[str, Any]) -> str:
    return str(row["id"]).rpartition("-")[0]


def rivals(given: argparse.Namespace) -> list[tuple[str, dict[str, Answer]]]:
    """Variant, and what each incumbent says, of every case that has a culprit."""
    gatherer, rows = _here(given)
    known = [row for row in rows if row["culprit_shas"]]
    with ProcessPoolExecutor(given.processes) as pool:
        answers = pool.map(gatherer.incumbents, known, chunksize=4)
        return [(row["variant"], said) for row, said in zip(known, answers, strict=True)]


def _here(given: argparse.Namespace) -> tuple[Gatherer, list[dict[str, Any]]]:
    rows = rows_of(given)
    repos = clones(given, (row["repo"] for row in rows))
    here = [row for row in rows if row["repo"] in repos]
    if len(here) < len(rows):
        missing = sorted({row["repo"] for row in rows} - repos.keys())
        print(f"left out {len(rows) - len(here)} cases, no clone of: {', '.join(missing)}")
    return Gatherer(repos, given.cache), here


def _answer(rule: Rule, told: Situation, row: Mapping[str, Any]) -> Answer:
    began = time.monotonic()
    ranked = rule(told)
    places = [at for at, sha in enumerate(ranked, 1) if sha in row["culprit_shas"]]
    return Answer(places[0] if places else None, bool(ranked), time.monotonic() - began)


def _digest(row: Mapping[str, Any], files: Iterable[Path] = GATHERS) -> str:
    """Of a case, and of the code that works on it."""
    found = hashlib.sha256(json.dumps(row, sort_keys=True).encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()[:16]
