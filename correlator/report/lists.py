"""The lists behind the numbers: each is kept once, under a key, as its number is written."""

from collections.abc import Iterable

from correlator.chances import percent
from correlator.report.document import Figure, Item, Listing, Measure
from correlator.report.words import many
from correlator.types import Decision, WeekCommit, WeekDeploy, WeekIssue


class Lists:
    """Gathers the lists of one report while it is written."""

    def __init__(self) -> None:
        self.kept: dict[str, Listing] = {}

    def number(
        self,
        key: str,
        title: str,
        items: Iterable[Item],
        measure: Measure = Measure.ROWS,
    ) -> Figure:
        """The number that these items come to; the list is kept under ``key``."""
        listing = self.kept.setdefault(key, Listing(title, tuple(items)))
        value = listing.measured(measure)
        return Figure(round(value, 1) if measure is Measure.EXPECTED else value, key, measure)


def of_issue(issue: WeekIssue, *, chance: float | None = None) -> Item:
    """An issue with its events of the week; with the chance that they belong to a change."""
    sure = "" if chance is None else f", {percent(chance)} sure"
    return Item(
        title=f"{issue.short} {issue.title}",
        path=issue_path(issue.id),
        note=f"{issue.service}, {issue.sort.label.lower()}{sure}",
        events=issue.events,
        users=issue.users,
        expected=issue.events * (1.0 if chance is None else chance),
    )


def of_issue_before(issue: WeekIssue, week: int | None = None) -> Item:
    """An issue with its events of the weeks before, or of one of them (0: the oldest)."""
    events = sum(issue.before) if week is None else issue.before[week]
    return Item(
        title=f"{issue.short} {issue.title}",
        path=issue_path(issue.id),
        note=issue.service,
        events=events,
        users=0 if week is None or not issue.users_before else issue.users_before[week],
    )


def of_deploy(deploy: WeekDeploy) -> Item:
    """A roll-out."""
    began = f", {many(len(deploy.issues), 'issue')} began in it" if deploy.issues else ""
    fared = f". {deploy.because}" if deploy.because else ""
    return Item(
        title=f"{deploy.service} {deploy.release}",
        path=deploy.path,
        note=f"{deploy.at:%a %d %b %H:%M} UTC{began}{fared}",
    )


def of_decision(decision: Decision) -> Item:
    """What somebody decided."""
    return Item(
        title=f"{decision.who} {decision.act}: {decision.about}",
        path=decision.path,
        note=f"{decision.at:%a %d %b %H:%M} UTC",
    )


def of_commit(commit: WeekCommit) -> Item:
    """A commit."""
    return Item(
        title=commit.subject or commit.sha[:10],
        path=change_path(commit.repo, commit.sha),
        note=f"{commit.repo}, {commit.author}",
    )


def issue_path(issue_id: int) -> str:
    """Where an issue's page is, below the site's address."""
    return f"/issues/{issue_id}"


def change_path(repo: str, sha: str) -> str:
    """Where a change's page is."""
    return f"/changes/{repo}/{sha}"
