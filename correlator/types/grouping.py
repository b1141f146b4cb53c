"""What near-duplicate failures are known by, and why one was joined to another."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a fingerprint was made from, kept beside it, so that a new one can be compared.

    ``where``: the function that failed, as ``module:function``; ``path``: the functions of the
    application on the way there, that one first, each once. ``lines``: the first two lines of the
    message with their changing parts marked; ``exact``: a hash of them with quoted values left
    in. ``statement``: the failing line of source ('' unknown); ``at``: release and line number
    ('' unknown). ``by_interpreter``: the language itself raised it, not a line that somebody
    wrote. ``causes``: types of causes that came without frames.
    """

    type: str
    where: str
    path: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    exact: str = ""
    statement: str = ""
    at: str = ""
    by_interpreter: bool = False
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fingerprint that is known, and the issue it leads to, for a new one to be compared with."""

    fingerprint_id: int
    issue_id: int
    traits: Traits


@dataclass(frozen=True, slots=True)
class Join:
    """A new fingerprint belongs to the issue of a known one; ``because`` is a sentence.

    ``is_kept`` False: the place has shown so many messages that another one is not remembered.
    """

    candidate: Candidate
    because: str
    is_kept: bool = True
