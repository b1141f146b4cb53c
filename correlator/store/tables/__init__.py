"""The tables, a module for each subject. A class that ends in Row lives in the database.

Rooms never see one. SQLModel tables do not validate: values do, before they get here. Times are
aware, in UTC. Import from here, whatever module a table lives in: only then are all of them known.
"""

from correlator.store.tables.classes import (
    ClassCheckRow,
    ClassEventRow,
    ClassLessonRow,
    ClassMemberRow,
    ClassModelRow,
    FailureClassRow,
    OutlineRow,
)
from correlator.store.tables.code import (
    BlameRow,
    CommitRow,
    ProjectRepoRow,
    RepoRow,
)
from correlator.store.tables.comparison import (
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRow,
    ComparisonRunRow,
)
from correlator.store.tables.counts import CountedRow
from correlator.store.tables.cycles import (
    EpisodeRow,
    FixAttemptRow,
    FixRow,
    FixWordRow,
    FollowedRow,
    InsideRow,
    SentryIssueRow,
)
from correlator.store.tables.decided import StatusRow
from correlator.store.tables.deploys import (
    DeployRow,
    ReleaseRow,
)
from correlator.store.tables.exposure import ExposureRow
from correlator.store.tables.forges import (
    AgentWorkRow,
    ForgeRow,
)
from correlator.store.tables.intake import (
    HeartbeatRow,
    InboxRow,
    TimingRow,
    TroubleRow,
)
from correlator.store.tables.issues import (
    EventRow,
    FingerprintRow,
    HitRow,
    IssueRow,
    TallyRow,
)
from correlator.store.tables.joins import (
    GroupingRulesRow,
    MarkRow,
    PartHitRow,
    PartTallyRow,
    RegroupingRow,
    TraitRow,
)
from correlator.store.tables.kinds import (
    KindModelRow,
    KindRow,
)
from correlator.store.tables.learning import (
    LabelRow,
    TrainingRow,
)
from correlator.store.tables.people import (
    PullRequestRow,
    ReviewRow,
    StandingRow,
)
from correlator.store.tables.projects import (
    AccountRow,
    ProjectRow,
    TokenRow,
)
from correlator.store.tables.reports import (
    PreviewRow,
    ReportPlanRow,
    ReportRow,
    ReportSendingRow,
)
from correlator.store.tables.rollouts import (
    ArrivalRow,
    DeliveredMarkRow,
    DeliveredRow,
    FailedRollOutRow,
    HealthVerdictRow,
    RollOutRow,
)
from correlator.store.tables.scored import ScoredRow
from correlator.store.tables.survey import (
    RulingRow,
    SurveyedLabelRow,
    SurveyedRow,
    SurveyRow,
    SurvivingRow,
)
from correlator.store.tables.verdicts import (
    JudgementRow,
    SuspectRow,
    VerdictRow,
)

__all__ = [
    "AccountRow",
    "AgentWorkRow",
    "ArrivalRow",
    "BlameRow",
    "ClassCheckRow",
    "ClassEventRow",
    "ClassLessonRow",
    "ClassMemberRow",
    "ClassModelRow",
    "CommitRow",
    "ComparedChangeRow",
    "ComparedIssueRow",
    "ComparisonRow",
    "ComparisonRunRow",
    "CountedRow",
    "DeliveredMarkRow",
    "DeliveredRow",
    "DeployRow",
    "EpisodeRow",
    "EventRow",
    "ExposureRow",
    "FailedRollOutRow",
    "FailureClassRow",
    "FingerprintRow",
    "FixAttemptRow",
    "FixRow",
    "FixWordRow",
    "FollowedRow",
    "ForgeRow",
    "GroupingRulesRow",
    "HealthVerdictRow",
    "HeartbeatRow",
    "HitRow",
    "InboxRow",
    "InsideRow",
    "IssueRow",
    "JudgementRow",
    "KindModelRow",
    "KindRow",
    "LabelRow",
    "MarkRow",
    "OutlineRow",
    "PartHitRow",
    "PartTallyRow",
    "PreviewRow",
    "ProjectRepoRow",
    "ProjectRow",
    "PullRequestRow",
    "RegroupingRow",
    "ReleaseRow",
    "RepoRow",
    "ReportPlanRow",
    "ReportRow",
    "ReportSendingRow",
    "ReviewRow",
    "RollOutRow",
    "RulingRow",
    "ScoredRow",
    "SentryIssueRow",
    "StandingRow",
    "StatusRow",
    "SurveyRow",
    "SurveyedLabelRow",
    "SurveyedRow",
    "SurvivingRow",
    "SuspectRow",
    "TallyRow",
    "TimingRow",
    "TokenRow",
    "TrainingRow",
    "TraitRow",
    "TroubleRow",
    "VerdictRow",
]
