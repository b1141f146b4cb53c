"""Train: refits the ranking's weights on what this installation's people and history said.

Gather (rows), look at each judged case as it was (git), fit, compare on unseen cases, and only then
write: a version's file always, the version in use only where ``ranking.refitting`` finds it better.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from correlator.code.mirrors import mirror_directory
from correlator.code.repo import Repo
from correlator.errors import Permanent, Transient
from correlator.investigation.retracing import Retraced, retrace
from correlator.ranking import versions
from correlator.ranking.dispatch import common_functions
from correlator.ranking.fitting import Sample
from correlator.ranking.refitting import Judged, decide, newer_is_worse, refit
from correlator.ranking.samples import sample_of
from correlator.ranking.weights import Weights, shipped
from correlator.steps import step
from correlator.store.intake.bodies import unpack
from correlator.store.session import reading, transaction
from correlator.store.tables import TrainingRow
from correlator.store.verdicts.labels import all_labels
from correlator.store.verdicts.trainings import (
    Basis,
    basis_of,
    keep_training,
    labels_at_last_training,
)
from correlator.types import Label, Next
from correlator.world import World

log = structlog.get_logger(__name__)

REPLACED, KEPT, CHOSEN = "replaced", "kept", "chosen"
# Without anybody's asking, a training waits for so many new labels.
NEW_LABELS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a training found. ``left_out``: labelled issues that could not be looked at again, by
    reason; ``candidate`` is None where there is nothing to fit."""

    candidate: Weights | None
    judged: Judged
    in_use: Weights
    labels: Mapping[str, int]
    cases: int
    left_out: Mapping[str, int]

    @property
    def replaces(self) -> bool:
        """Whether the candidate is to be used from now on."""
        return self.judged.is_better and self.candidate is not None


@dataclass(frozen=True, slots=True)
class _Case:
    sample: Sample
    said_at: datetime


@step("train")
def train(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Train if there are enough new labels, and use what came of it where it is better."""
    with reading(world.engine) as session:
        fresh = len(all_labels(session)) - labels_at_last_training(session)
    if fresh >= NEW_LABELS:
        training = look(world)
        adopt(world, training)
        log.info("trained", because=training.judged.because, cases=training.cases)
    return []


def look(world: World) -> Training:
    """Gather, fit and compare; nothing is written."""
    with reading(world.engine) as session:
        labels = all_labels(session)
    cases, left_out = _cases(world, labels)
    samples = [one.sample for one in cases]
    names = tuple(sorted(shipped().points))
    using = versions.in_use(world.settings.weights).weights
    judged = decide(samples, shipped(), names)
    candidate = None
    if samples:
        name = versions.next_name(world.settings.weights)
        candidate = replace(refit(samples, shipped(), names), version=name, metrics=judged.metrics)
        judged = _against_own(judged, using, cases, world)
    return Training(
        candidate=candidate,
        judged=judged,
        in_use=using,
        labels=dict(Counter(label.source.value for label in labels)),
        cases=len(samples),
        left_out=left_out,
    )


def adopt(world: World, training: Training) -> str:
    """Keep the version and the record of the training; use it if it is better. What is in use."""
    directory, now = world.settings.weights, world.now()
    in_use = training.in_use.version
    if training.replaces and training.candidate is not None:
        versions.keep_version(directory, training.candidate, now, training.cases)
        in_use = versions.use(directory, training.candidate.version).version
    row = TrainingRow(
        at=now,
        version=training.candidate.version if training.candidate else shipped().version,
        parent=shipped().version,
        in_use=in_use,
        outcome=REPLACED if training.replaces else KEPT,
        because=training.judged.because,
        cases=training.cases,
        labels=dict(training.labels),
        metrics=dict(training.judged.metrics),
    )
    with transaction(world.engine) as session:
        keep_training(session, row)
    return in_use


def choose(world: World, name: str) -> str:
    """Use a version that is kept, or the shipped weights; Permanent if there is none such."""
    weights = versions.use(world.settings.weights, name)
    row = TrainingRow(
        at=world.now(),
        version=weights.version,
        parent=shipped().version,
        in_use=weights.version,
        outcome=CHOSEN,
        because=f"somebody chose {name}",
    )
    with transaction(world.engine) as session:
        keep_training(session, row)
    return weights.version


def _against_own(judged: Judged, using: Weights, cases: Sequence[_Case], world: World) -> Judged:
    """A newer version must also not be worse than the one in use on what neither has seen."""
    if not judged.is_better or using.version == shipped().version:
        return judged
    since = datetime.fromisoformat(versions.read_version(world.settings.weights, using.version).at)
    unseen = [one.said_at > since for one in cases]
    if not newer_is_worse([one.sample for one in cases], unseen, using, shipped()):
        return judged
    because = f"{using.version}, in use, is no worse on the {sum(unseen)} cases newer than it"
    return replace(judged, is_better=False, because=because)


def _cases(world: World, labels: Sequence[Label]) -> tuple[list[_Case], dict[str, int]]:
    """A sample for each labelled issue that can still be looked at as it was."""
    by_issue: dict[int, list[Label]] = {}
    for label in labels:
        by_issue.setdefault(label.issue_id, []).append(label)
    cases: list[_Case] = []
    left_out: Counter[str] = Counter()
    for found in by_issue.values():
        about = max(found, key=lambda one: (one.is_culprit, one.at)).verdict_id
        with reading(world.engine) as session:
            basis = basis_of(session, about)
        seen = _retraced(world, basis) if isinstance(basis, Basis) else basis
        sample = sample_of(seen.shas, seen.strengths, found) if isinstance(seen, Retraced) else seen
        if isinstance(sample, Sample):
            cases.append(_Case(sample, max(one.at for one in found)))
        else:
            left_out[sample] += 1
    return cases, dict(left_out)


def _retraced(world: World, basis: Basis) -> Retraced | str:
    directory = mirror_directory(world.settings.mirrors, basis.repo_id)
    if not directory.exists():
        return "the repository has no mirror"
    repo = Repo(directory, timeout=world.settings.git_timeout)
    try:
        seen = retrace(
            repo,
            unpack(basis.body),
            deployed=basis.deployed,
            previous=basis.previous,
            roots=(basis.root,) if any(basis.root) else (),
            common=common_functions(basis.earlier),
        )
    except (Permanent, Transient) as fault:
        log.warning("not looked at again", verdict=basis.verdict_id, fault=str(fault)[:200])
        return "git could not answer"
    return seen or "the revision or its files are gone"
