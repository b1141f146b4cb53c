"""The forms of a report: each a function of the report and of where its pages are.

``Places`` says where a list's page is; a form never makes an address of its own. What events and
commits say is escaped for the form, and has no control characters.
"""

from collections.abc import Callable

from correlator.report.document import Report
from correlator.report.forms.csv import as_csv
from correlator.report.forms.html import as_html
from correlator.report.forms.json import as_json
from correlator.report.forms.markdown import as_markdown
from correlator.report.forms.places import Places
from correlator.report.forms.slack import as_slack
from correlator.report.forms.text import as_text

FORMS: dict[str, Callable[[Report, Places], str]] = {
    "text": as_text,
    "md": as_markdown,
    "html": as_html,
    "json": as_json,
    "csv": as_csv,
}

__all__ = ["FORMS", "Places", "as_html", "as_json", "as_slack", "as_text"]
