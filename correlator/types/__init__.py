"""The nouns: frozen values that cross the walls between rooms, a module for each subject.

Standard library only. A class whose name ends in ``Row`` (see ``store.tables``) lives in the
database; everything here is a value that a function takes or returns. Import from here, whatever
module a noun lives in.
"""

from correlator.types.accountability import (
    Accountability,
    Actor,
    BranchCommit,
    Opinion,
    Outcome,
    Owned,
    PullRequest,
    Review,
    Ruling,
    SignOff,
    SignOffState,
    Standing,
)
from correlator.types.code import (
    CodeLine,
    Commit,
    FilePatch,
    Hunk,
    Identity,
    Location,
    Origin,
    Patch,
    ResolvedBy,
    Revision,
    Snippet,
    Span,
    Touched,
)
from correlator.types.corridor import (
    Next,
)
from correlator.types.cycles import (
    AttemptState,
    Episode,
    Fix,
    FixAttempt,
    Line,
    Means,
    Mend,
    Resolved,
    RollOut,
    Seen,
    Use,
    Way,
)
from correlator.types.events import (
    Deploy,
    Event,
    Fingerprint,
    Frame,
    Inbound,
    Level,
    Raised,
)
from correlator.types.exposure import Exposure, ExposureKind
from correlator.types.facts import (
    Fact,
)
from correlator.types.grouping import (
    Candidate,
    Join,
    Traits,
)
from correlator.types.provenance import (
    AgentWork,
    Author,
    Claim,
    Provenance,
)
from correlator.types.verdicts import (
    Abstention,
    Evidence,
    Explanation,
    Suspect,
    Verdict,
)

__all__ = [
    "Abstention",
    "Accountability",
    "Actor",
    "AgentWork",
    "AttemptState",
    "Author",
    "BranchCommit",
    "Candidate",
    "Claim",
    "CodeLine",
    "Commit",
    "Deploy",
    "Episode",
    "Event",
    "Evidence",
    "Explanation",
    "Exposure",
    "ExposureKind",
    "Fact",
    "FilePatch",
    "Fingerprint",
    "Fix",
    "FixAttempt",
    "Frame",
    "Hunk",
    "Identity",
    "Inbound",
    "Join",
    "Level",
    "Line",
    "Location",
    "Means",
    "Mend",
    "Next",
    "Opinion",
    "Origin",
    "Outcome",
    "Owned",
    "Patch",
    "Provenance",
    "PullRequest",
    "Raised",
    "Resolved",
    "ResolvedBy",
    "Review",
    "Revision",
    "RollOut",
    "Ruling",
    "Seen",
    "SignOff",
    "SignOffState",
    "Snippet",
    "Span",
    "Standing",
    "Suspect",
    "Touched",
    "Traits",
    "Use",
    "Verdict",
    "Way",
]
