"""The week in failure classes: a document of values, and the forms it is sent in."""

from correlator.report.calendar import due_at, last_whole_week, week_named, week_of, weeks_up_to
from correlator.report.document import Measure, Report, as_plain, from_plain
from correlator.report.forms import FORMS, Places
from correlator.report.writing import write_report

# Weeks that a week is compared with.
WEEKS_BEFORE = 4

__all__ = [
    "FORMS",
    "WEEKS_BEFORE",
    "Measure",
    "Places",
    "Report",
    "as_plain",
    "due_at",
    "from_plain",
    "last_whole_week",
    "week_named",
    "week_of",
    "weeks_up_to",
    "write_report",
]
