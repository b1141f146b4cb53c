"""What a survey of a whole repository finds: of each commit, and of the lines that are left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from correlator.types.code import Commit
from correlator.types.provenance import Provenance


class Reviewed(StrEnum):
    """Who signed a change off. ``NOBODY`` and ``MACHINE`` only where all reviews were told."""

    PERSON = "person"
    MACHINE = "machine"
    NOBODY = "nobody"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """A commit with all that its survey tells.

    ``level``: line where records of lines carry the answer, else commit. ``mechanisms`` speak of
    the commit itself, ``carried`` of others whose content it took over. ``added``: lines by the
    directory that holds the file, "." for the root; ``changed``: lines added and removed, None
    where that could not be counted. ``teams``: code owners of what it touched.
    """

    commit: Commit
    provenance: Provenance
    level: str
    mechanisms: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    accountable: str | None = None
    accountable_as: str | None = None
    number: int | None = None
    review: Reviewed = Reviewed.UNTOLD
    added: Mapping[str, int] = field(default_factory=dict)
    changed: int | None = None
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinesLeft:
    """Lines of a directory that one commit wrote and that have one answer: what is alike in them.

    ``tools`` and ``models`` only where the answer is ai or mixed; ``teams``: their code owners.
    """

    directory: str
    sha: str
    author: str
    level: str
    is_derived: bool
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
