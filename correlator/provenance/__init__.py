"""The room that tells who or what wrote a commit, or a line of it: values in, values out.

A detector is a file of this room and registers by being in it; ``claims`` asks them all, ``judge``
and ``judge_line`` decide when read. What a repository records is declared by whoever could push
to it: a declaration, not proof.
"""

from correlator.provenance.accountability import Accountable, accountable, is_person
from correlator.provenance.entire import checkpoint_ids
from correlator.provenance.judgement import judge, judge_line
from correlator.provenance.message import parse
from correlator.provenance.records import DETECTORS, NONE, Brought, Claims, Problem, Records
from correlator.provenance.tools import split_identity
from correlator.registry import load_room
from correlator.types import Claim, Commit, Identity

__all__ = [
    "NONE",
    "Accountable",
    "Brought",
    "Claims",
    "Problem",
    "Records",
    "accountable",
    "checkpoint_ids",
    "claims",
    "final_trailers",
    "identity_of",
    "is_person",
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


def final_trailers(commit: Commit) -> tuple[tuple[str, Identity], ...]:
    """Key (lower case) and person of each trailer of the message's final block."""
    found = (one for one in parse(commit.message).trailers if one.final)
    return tuple((one.key, Identity(*split_identity(one.value))) for one in found)


def identity_of(text: str) -> Identity:
    """``Name <mail>`` taken apart; either may be empty."""
    return Identity(*split_identity(text))


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


load_room(__name__)
