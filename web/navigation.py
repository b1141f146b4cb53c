"""The main navigation: where it leads, and which subjects' pages lie below each."""

from collections.abc import Iterator

from flask import url_for

from web.present import Shown

ENTRIES = (
    ("Issues", "issues.index", ("issues", "decisions", "cycles", "joins", "parting")),
    ("Classes", "classes.classes", ("classes", "class_acts", "class_checks")),
    ("Deploys", "deploys.deploys", ("deploys", "delivery")),
    ("Fixes", "fixes.fixes", ("fixes",)),
    ("Comparison", "comparison.comparison", ("comparison", "comparison_lists")),
    ("Reports", "reports.index", ("reports", "previews", "report_plans")),
    ("Projects", "projects.projects", ("projects", "grouping")),
    (
        "Repositories",
        "repositories.repositories",
        ("repositories", "provenance", "commits", "policies", "changes"),
    ),
    ("Scorecard", "scorecard.scorecard", ("scorecard",)),
    ("Trouble", "trouble.trouble", ("trouble",)),
)


def entries(subject: str | None) -> Iterator[Shown]:
    """What the navigation shows on a page of that subject."""
    for text, endpoint, subjects in ENTRIES:
        yield {"text": text, "url": url_for(endpoint), "here": subject in subjects}
