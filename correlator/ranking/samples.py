"""Labelled issues as samples: which candidates were right, which wrong, and how far that holds."""

from collections.abc import Mapping, Sequence

import numpy as np

from correlator.ranking.fitting import Sample
from correlator.ranking.weights import shipped
from correlator.types import Label


def sample_of(
    shas: Sequence[str], strengths: Sequence[Mapping[str, float]], labels: Sequence[Label]
) -> Sample | str:
    """One issue's labels and candidates as a sample; a reason where they teach nothing."""
    names = sorted(shipped().points)
    culprits = {label.sha for label in labels if label.is_culprit}
    ruled_out = {label.sha for label in labels if not label.is_culprit} - culprits
    right = np.array([sha in culprits for sha in shas], bool)
    wrong = np.array([sha in ruled_out for sha in shas], bool)
    if culprits and not right.any():
        return "the culprit is not among the candidates any more"
    if not right.any() and not wrong.any():
        return "what was ruled out is not among the candidates any more"
    if not right.any() and wrong.all():
        return "every candidate was ruled out"
    matrix = np.array([[seen.get(name, 0.0) for name in names] for seen in strengths], float)
    telling = [label for label in labels if label.is_culprit] or labels
    return Sample(
        strengths=matrix,
        right=right,
        wrong=wrong,
        about=tuple(sorted(culprits or ruled_out)),
        weight=max(label.strength for label in telling),
    )
