"""What has pages: a line for each subject. A new one is a module with ``pages`` and a line here."""

from web.classes import acts as class_acts
from web.classes import checks as class_checks
from web.classes import pages as classes
from web.code import changes, commits, policy, provenance, repositories
from web.comparison import lists as comparison_lists
from web.comparison import pages as comparison
from web.deploys import delivery, fixes
from web.deploys import pages as deploys
from web.issues import course, decisions, joins, parting
from web.issues import pages as issues
from web.reports import pages as reports
from web.reports import plans, previews
from web.running import grouping, projects, scorecard, trouble

SUBJECTS = (
    *(issues.pages, decisions.pages, course.pages, joins.pages, parting.pages),
    *(changes.pages, commits.pages, repositories.pages, provenance.pages, policy.pages),
    *(classes.pages, class_acts.pages, class_checks.pages),
    *(deploys.pages, delivery.pages, fixes.pages),
    *(comparison.pages, comparison_lists.pages),
    *(reports.pages, previews.pages, plans.pages),
    *(projects.pages, grouping.pages, scorecard.pages, trouble.pages),
)
