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
from correlator.types.classes import (
    Act,
    ClassState,
    Outline,
    Placed,
    Profile,
    Taught,
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
from correlator.types.corridor import Next
from correlator.types.cycles import (
    AttemptState,
    Episode,
    Fix,
    FixAttempt,
    Line,
    Means,
    RollOut,
    Seen,
    Use,
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
from correlator.types.exposure import (
    Exposure,
    ExposureKind,
)
from correlator.types.facts import Fact
from correlator.types.grouping import (
    Candidate,
    Join,
    Traits,
)
from correlator.types.health import (
    Compared,
    Fared,
    HourOfRelease,
    Watched,
)
from correlator.types.kinds import (
    Check,
    Kind,
    KindGuess,
)
from correlator.types.learning import (
    HeldFix,
    Label,
    LabelSource,
)
from correlator.types.provenance import (
    AgentWork,
    Author,
    Claim,
    Provenance,
    SessionRecord,
)
from correlator.types.survey import (
    LinesLeft,
    Reviewed,
    Surveyed,
)
from correlator.types.verdicts import (
    Abstention,
    Elsewhere,
    Evidence,
    Explanation,
    Request,
    Suspect,
    Verdict,
)

__all__ = [
    "Abstention",
    "Accountability",
    "Act",
    "Actor",
    "AgentWork",
    "AttemptState",
    "Author",
    "BranchCommit",
    "Candidate",
    "Check",
    "Claim",
    "ClassState",
    "CodeLine",
    "Commit",
    "Compared",
    "Deploy",
    "Elsewhere",
    "Episode",
    "Event",
    "Evidence",
    "Explanation",
    "Exposure",
    "ExposureKind",
    "Fact",
    "Fared",
    "FilePatch",
    "Fingerprint",
    "Fix",
    "FixAttempt",
    "Frame",
    "HeldFix",
    "HourOfRelease",
    "Hunk",
    "Identity",
    "Inbound",
    "Join",
    "Kind",
    "KindGuess",
    "Label",
    "LabelSource",
    "Level",
    "Line",
    "LinesLeft",
    "Location",
    "Means",
    "Next",
    "Opinion",
    "Origin",
    "Outcome",
    "Outline",
    "Owned",
    "Patch",
    "Placed",
    "Profile",
    "Provenance",
    "PullRequest",
    "Raised",
    "Request",
    "ResolvedBy",
    "Review",
    "Reviewed",
    "Revision",
    "RollOut",
    "Ruling",
    "Seen",
    "SessionRecord",
    "SignOff",
    "SignOffState",
    "Snippet",
    "Span",
    "Standing",
    "Surveyed",
    "Suspect",
    "Taught",
    "Touched",
    "Traits",
    "Use",
    "Verdict",
    "Watched",
]
