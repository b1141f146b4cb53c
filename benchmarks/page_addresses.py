"""An address, or several, of every page that answers GET: what the pages' speed is measured on.

Kept by endpoint, so that a page which is added without an address here is found by comparing with
the application's own routes (``endpoints``). JSON twins are made from the dict of their page, so
they have none of their own. The addresses are of a made year (``big_year``): its ids follow from
its size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flask
import sqlalchemy as sa
from sqlmodel import Session, col

from benchmarks.year_sql import KINDS
from correlator.store.tables import DeployRow, EventRow, FingerprintRow, IssueRow

REPO = "acme/repo-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What a made year has to show. ``busy``: the issue with most events, ``calm``: any other;
    ``deploy``: one of the middle of the year that brought issues, and ``sha``, of its commits;
    ``newest``: the deploy that is live; ``events`` and ``fingerprints``: of ``busy``, to tick;
    ``near``: issues of one project; ``of_class``: issues of class 1; ``check``, ``report``: ids."""

    busy: int
    calm: int
    deploy: int
    newest: int
    sha: str
    events: tuple[int, ...]
    fingerprints: tuple[int, ...]
    near: tuple[int, ...]
    of_class: tuple[int, ...]
    check: int
    report: int


def endpoints(app: flask.Flask) -> set[str]:
    """What answers GET and is neither a file nor a twin."""
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return {name for name in found - {"static"} if not (name.endswith("_json"))}


def examples(session: Session, check: int, report: int) -> Examples:
    """Those of the year in this database."""
    issues = int(session.execute(sa.select(sa.func.max(col(IssueRow.id)))).scalar_one())
    deploys = int(session.execute(sa.select(sa.func.max(col(DeployRow.id)))).scalar_one())
    busy = issues - 2 * (issues // max(issues // 100, 1)) + 1
    deploy = 12 * (deploys // 24) + 1
    events = sa.select(col(EventRow.id)).where(col(EventRow.issue_id) == busy)
    parts = sa.select(col(FingerprintRow.id)).where(col(FingerprintRow.issue_id) == busy)
    mine = sa.select(col(IssueRow.project_id)).where(col(IssueRow.id) == busy).scalar_subquery()
    near = sa.select(col(IssueRow.id)).where(col(IssueRow.project_id) == mine)
    return Examples(
        busy=busy,
        calm=issues // 2 + 3,
        deploy=deploy,
        newest=deploys,
        sha=f"{(deploy - 1) * 5 + 1:040x}",
        events=_few(session, events.order_by(col(EventRow.id).desc())),
        fingerprints=_few(session, parts),
        near=(busy, *_few(session, near.order_by(col(IssueRow.id)))),
        of_class=_few(session, sa.select(sa.text("issue_id FROM class_member WHERE class_id = 1"))),
        check=check,
        report=report,
    )


def _few(session: Session, wanted: sa.Select[Any]) -> tuple[int, ...]:
    return tuple(session.execute(wanted.limit(3)).scalars())


def addresses(of: Examples) -> dict[str, list[str]]:
    """Addresses to ask for, by endpoint: every filter that a person can click is among them."""
    known: dict[str, list[str]] = {}
    for part in (_issues(of), _classes(of), _deploys(of), _fixes(), _comparison(), _others(of)):
        known |= part
    return known


def _issues(of: Examples) -> dict[str, list[str]]:
    one = f"/issues/{of.busy}"
    return {
        "issues.index": ["/", *_filtered("/", [
            "page=200", "page=300", "status=all", "status=all&page=490", "status=resolved",
            *(f"provenance={one}" for one in ("ai", "human", "unknown", "abstained", "waiting")),
            "provenance=ai&page=60", "provenance=ai&status=all", "provenance=mixed&page=20",
            "search=cart+thing", "search=cart&status=all", "search=such&page=100",
            "search=nowhere+to+be+found&status=all", "search=SERVICE-1-12",
            *(f"kind={kind}" for kind in KINDS[1:3]), "failure_class=3",
            "failure_class=3&status=all&page=2", "week=2026-W40&status=all",
            "week=2026-W47", "project=service-1&environment=production",
            "environment=production&page=100", "service=service-3", "service=service-3&page=10",
            "release=r2400&status=all", f"suspect={of.sha}&status=all",
            "project=service-1&provenance=ai&search=thing&kind=missing_key",
        ])],
        "issues.issue": [one, f"/issues/{of.calm}", f"{one}?event={of.events[0]}", f"{one}?own=1"],
        "issues.events": [f"{one}/events", f"{one}/events?page=40", f"/issues/{of.calm}/events"],
        "issues.users": [f"{one}/users"],
        "joins.joined": [f"{one}/joined"],
        "joins.merge_preview": [
            f"{one}/merge", f"{one}/merge?into={of.near[1]}", f"{one}/merge?search=thing",
        ],
        "joins.split_preview": [f"{one}/split", _ticked(f"{one}/split", "fingerprint",
                                                        of.fingerprints)],
        "joins.merge_many_preview": [_ticked("/merge", "issue", of.near)],
        "parting.preview": [f"{one}/part", _ticked(f"{one}/part", "event", of.events)],
        "changes.change": [f"/changes/{REPO}/{of.sha}"],
    }  # fmt: skip


def _classes(of: Examples) -> dict[str, list[str]]:
    return {
        "classes.classes": ["/classes", "/classes?page=2"],
        "classes.failure_class": ["/classes/1", "/classes/2"],
        "class_acts.merge_preview": ["/classes/1/merge?into=2"],
        "class_acts.split_preview": [_ticked("/classes/1/split", "issue", of.of_class)],
        "class_checks.check": [f"/classes/checks/{of.check}"],
    }


def _deploys(of: Examples) -> dict[str, list[str]]:
    year = "days=365"
    return {
        "deploys.deploys": ["/deploys", *_filtered("/deploys", [
            "page=20", "page=100", "health=worse", "kind=roll-back", "kind=hotfix",
            "project=service-1&environment=production", "service=service-3&page=5",
        ])],
        "deploys.deploy": [f"/deploys/{of.deploy}", f"/deploys/{of.newest}", "/deploys/1"],
        "delivery.delivery": ["/delivery", *_filtered("/delivery", [
            "days=7", "days=90", year, f"{year}&service=service-1", f"{year}&project=service-3",
            f"{year}&environment=production", f"{year}&team=%40acme%2Fteam-3",
        ])],
        "delivery.changes": [f"/delivery/changes?{year}", f"/delivery/changes?{year}&page=100"],
        "delivery.table": ["/delivery.csv", f"/delivery.csv?{year}"],
        "delivery.listed": _filtered("/delivery/deploys", [
            f"which={which}&{year}" for which in (
                "deploys", "failed", "by_time", "ripe", "young", "rework", "recovered",
                "unrecovered",
            )
        ] + [f"which=deploys&{year}&page=40", f"which=failed&{year}&team=%40acme%2Fteam-3"]),
    }  # fmt: skip


def _fixes() -> dict[str, list[str]]:
    year = "days=365"
    return {
        "fixes.fixes": ["/fixes", *_filtered("/fixes", [
            "days=7", year, f"{year}&project=service-1",
        ])],
        "fixes.table": ["/fixes.csv", f"/fixes.csv?{year}"],
        "fixes.issues": _filtered("/fixes/issues", [
            year, f"{year}&page=300", f"{year}&tried=yes&cycles=1", f"{year}&course=open&tried=yes",
            f"{year}&course=held&page=50", f"{year}&project=service-1",
        ]),
        "fixes.changes": _filtered("/fixes/changes", [
            year, f"{year}&which=mending", f"{year}&which=fixes", f"{year}&which=other&page=50",
            f"{year}&which=mending&author=ai",
        ]),
        "fixes.people": _filtered("/fixes/people", [year, f"{year}&project=service-1"]),
    }  # fmt: skip


def _comparison() -> dict[str, list[str]]:
    return {
        "comparison.comparison": ["/comparison", *_filtered("/comparison", [
            *(f"by={by}" for by in ("tool", "model", "session", "review", "size", "directory")),
            "days=365", "days=60", "service=service-1", "provenance=ai&by=directory",
        ])],
        "comparison_lists.listed": _filtered("/comparison/list", [
            "which=changes", "which=changes&page=3", "which=incidents&arm=human&unit=change",
            "which=incidents&arm=ai&unit=change",
        ]),
        "comparison.ratios": ["/comparison.csv"],
        "comparison.arms": ["/comparison-arms.csv"],
        "comparison_lists.as_table": ["/comparison/list.csv?which=incidents"],
    }  # fmt: skip


def _others(of: Examples) -> dict[str, list[str]]:
    report, repo = f"/reports/{of.report}", f"/repositories/{REPO}"
    return {
        "projects.projects": ["/projects"],
        "projects.project": ["/projects/service-1"],
        "grouping.rules": ["/projects/service-1/grouping"],
        "reports.index": ["/reports"],
        "reports.report": [report],
        "reports.listing": [f"{report}/lists/issues"],
        "reports.download": [f"{report}/as/{form}" for form in ("text", "md", "html", "csv")],
        "previews.preview": ["/reports/preview", "/reports/preview?week=2026-W40"],
        "previews.preview_listing": ["/reports/preview/lists/issues"],
        "repositories.repositories": ["/repositories"],
        "provenance.provenance": _filtered(f"{repo}/provenance", [
            "", "by=week", "directory=part-1",
        ]),
        "commits.commits": _filtered(f"{repo}/commits", [
            "", "provenance=ai", "page=30", "directory=part-1", "team=%40acme%2Fteam-3",
            "tool=claude-code",
        ]),
        "policies.policy": _filtered(f"{repo}/policy", ["", "outcome=broken", "outcome=kept"]),
        "scorecard.scorecard": ["/scorecard"],
        "scorecard.issues": _filtered("/scorecard/issues", [
            "", "page=300", "outcome=judged", "outcome=wrong", "named=yes", "band=1&named=yes",
            "month=2026-06", "weights=v1&page=20",
        ]),
        "trouble.trouble": ["/trouble"],
        "login": ["/login?next=/"],
        "health.healthz": ["/healthz"],
        "health.readyz": ["/readyz"],
        "metrics.show": ["/metrics"],
        "gate_facts.facts": [f"/api/gate?repository={REPO}&since=2026-11-01T00:00:00Z"],
        "watching.fared": [f"/api/health?release=r{of.deploy}"],
    }  # fmt: skip


def _filtered(path: str, queries: list[str]) -> list[str]:
    return [f"{path}?{one}" if one else path for one in queries]


def _ticked(path: str, name: str, ids: tuple[int, ...]) -> str:
    return f"{path}?" + "&".join(f"{name}={one}" for one in ids)


def unasked(app: flask.Flask, known: dict[str, list[str]]) -> Iterator[str]:
    """Pages that have no address here."""
    return iter(sorted(name for name in endpoints(app) if not known.get(name)))
