"""The room that tells who or what wrote a commit, or a line of it: values in, values out.

A detector is a file of this room and registers by being in it; ``claims`` asks them all, ``judge``
and ``judge_line`` decide when read. What a repository records is declared by whoever could push
to it: a declaration, not proof.
"""

from correlator.provenance.accountability import Accountable, accountable
from correlator.provenance.entire import checkpoint_ids
from correlator.provenance.judgement import judge, judge_line
from correlator.provenance.records import DETECTORS, NONE, Claims, Problem, Records
from correlator.registry import load_room
from correlator.types import Claim, Commit

__all__ = [
    "NONE",
    "Accountable",
    "Claims",
    "Problem",
    "Records",
    "accountable",
    "checkpoint_ids",
    "claims",
    "judge",
    "judge_line",
]


def claims(commit: Commit, records: Records = NONE) -> Claims:
    """Every detector's claims about a commit, and the records that could not be read."""
    found: list[Claim] = []
    problems = [
        Problem(_printable(where), _printable(why)) for where, why in records.unread.items()
    ]
    for name, detect in DETECTORS.items():
        for one in detect(commit, records):
            if isinstance(one, Claim):
                found.append(one)
            else:
                problems.append(Problem(_printable(f"{name}: {one.where}"), _printable(one.why)))
    return Claims(commit, tuple(found), tuple(problems), records.added)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


load_room(__name__)
