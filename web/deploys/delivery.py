"""The five measures of delivery, each number with the deploys that it was counted from."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for

from correlator.delivery import HORIZON, Delivered, Failure, Measures, measure
from correlator.spreadsheets import as_csv
from correlator.store import queries
from correlator.store.deploys import delivered, measured
from correlator.store.deploys import listing as deploy_list
from correlator.store.deploys.measured import Measured
from correlator.store.session import reading
from web import present
from web.auth import viewer
from web.deploys.measures_shown import LISTS, asked_of, lists, shown
from web.pages import Page, asked_page, house, page, section

pages = section("delivery")
FILTERS = ("project", "service", "environment", "team", "days")
DAYS = (7, 30, 90, 365)
DEFAULT_DAYS = 30
PRODUCTION, ALL = "production", "all"


@page(pages, "/delivery", "delivery.html")
def delivery() -> Page:
    """Deployment frequency, lead time, recovery time, change fail rate, rework rate."""
    filters = _filters()
    with reading(house().world.engine) as session:
        went = _window(session, filters)
        told = delivered.told_last(session)
        choices = measured.choices(session, viewer().only_project)
        choices["project"] = queries.slugs(session, viewer().only_project)
        choices["environment"] = [*dict.fromkeys([PRODUCTION, *choices["environment"], ALL])]
    return {
        "filters": filters,
        "choices": {**choices, "days": list(DAYS)},
        "horizon_days": HORIZON.days,
        "as_of": present.when(told.as_of) if told else None,
        **_whole(went, filters),
        "csv_url": url_for("delivery.table", **asked_of(filters)),
        "json_url": url_for("delivery.delivery_json", **asked_of(filters)),
    }


@page(pages, "/delivery/deploys", "delivery_deploys.html")
def listed() -> Page:
    """The deploys that one of the numbers was counted from."""
    filters, number = _filters(), asked_page()
    which = request.args.get("which", "deploys")
    which = which if which in LISTS else "deploys"
    with reading(house().world.engine) as session:
        went = _window(session, filters)
        ids = lists(_measured(went, filters), _nothing(went))[which]
        newest = sorted(ids, reverse=True)[(number - 1) * 100 : number * 100]
        _, rows = deploy_list.deploys(session, {"ids": newest}, 1)
    by_id = {one.id: one for one in went}
    return {
        "filters": {**filters, "which": which},
        "title": LISTS[which],
        "total": len(ids),
        "page": number,
        "last_page": max(1, -(-len(ids) // 100)),
        "deploys": [
            {
                **present.deploy(row.deploy, row.project),
                "url": url_for("deploys.deploy", deploy_id=row.deploy.id),
                "kind": row.found.kind if row.found else None,
                "broke": _broke(by_id[row.deploy.id or 0]),
                "recovered_at": present.when(by_id[row.deploy.id or 0].recovered_at),
            }
            for row in rows
        ],
    }


@page(pages, "/delivery/changes", "delivery_changes.html")
def changes() -> Page:
    """The changes that the lead time is the median of."""
    filters, number = _filters(), asked_page()
    with reading(house().world.engine) as session:
        counted = set(_measured(went := _window(session, filters), filters).deploys)
        many = {one.id: len(one.leads or ()) for one in went if one.id in counted}
        some, skipped = _deploys_of_page(many, number)
        rows = measured.brought(session, some)[skipped : skipped + 100]
    total = sum(many.values())
    return {
        "filters": filters,
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // 100)),
        "changes": [_change(one) for one in rows],
    }


def _deploys_of_page(many: Mapping[int, int], number: int) -> tuple[list[int], int]:
    """Of deploys that brought so many changes, newest first, those that a page of a hundred
    changes lies in, and how many changes of the first of them belong to the page before."""
    some: list[int] = []
    before, first = 0, (number - 1) * 100
    skipped = 0
    for deploy in sorted(many, reverse=True):
        if before < first + 100 and before + many[deploy] > first:
            skipped = skipped if some else first - before
            some.append(deploy)
        before += many[deploy]
    return some, max(skipped, 0)


def _change(one: measured.Brought) -> Page:
    return {
        **present.commit(one.commit, one.sha, one.repo),
        "release": one.release,
        "deploy_url": url_for("deploys.deploy", deploy_id=one.deploy_id),
        "deployed_at": present.when(one.at),
        "committed_at": present.when(one.committed_at),
        "lead": max((one.at - one.committed_at).total_seconds(), 0.0),
    }


def _broke(one: Measured) -> list[Page]:
    issues = sorted((int(issue), method) for issue, method in (one.broke or {}).items())
    return [
        {"id": issue, "method": method, "url": url_for("issues.issue", issue_id=issue)}
        for issue, method in issues
    ]


@pages.route("/delivery.csv")
def table() -> Response:
    """The measures of every line as a table."""
    filters = _filters()
    with reading(house().world.engine) as session:
        went = _window(session, filters)
    rows = [_flat(one) for one in _whole(went, filters)["by_line"]]
    names = list(_flat({"service": "", "environment": "", **shown(_measured([], filters), (), {})}))
    name = {"Content-Disposition": "attachment; filename=delivery.csv"}
    return Response(as_csv(names, rows), mimetype="text/csv", headers=name)


def _flat(one: Page) -> Page:
    flat: Page = {name: one[name] for name in ("service", "environment")}
    for name in ("deploys", "ripe", "young", "failed", "by_time", "rework", "unrecovered"):
        flat[name] = one[name]["count"]
    for name in ("failed", "rework"):
        flat |= {f"{name}_{part}": one[name][part] for part in ("share", "low", "high")}
    return {
        **flat,
        "per_day": one["per_day"],
        "lead_seconds": one["lead"],
        "lead_changes": one["changes"]["count"],
        "recovery_seconds": one["recovery"],
        **{
            f"{name}_{end}": one[f"{name}_{end}"]
            for name in ("per_day", "lead", "recovery")
            for end in ("low", "high")
        },
    }


def _filters() -> dict[str, str]:
    given = {name: request.args.get(name, "")[:100] for name in FILTERS}
    # DORA counts what runs in production; staging beside it would count each change twice.
    given["environment"] = given["environment"] or PRODUCTION
    known = given["days"] if given["days"] in {str(one) for one in DAYS} else str(DEFAULT_DAYS)
    return {**given, "days": known}


def _window(session: Any, filters: dict[str, str]) -> list[Measured]:
    only = viewer().only_project
    # Teams come from repositories that a token of one project may not read.
    team = filters["team"] if only is None else ""
    asked = {**filters, "team": team, "project_id": only}
    asked["environment"] = "" if filters["environment"] == ALL else filters["environment"]
    since = house().world.now() - timedelta(days=int(filters["days"]))
    return measured.window(session, asked, since)


def _nothing(went: Sequence[Measured]) -> tuple[int, ...]:
    return tuple(one.id for one in went if one.own == 0)


def _whole(went: Sequence[Measured], filters: dict[str, str]) -> Page:
    """The measures of all deploys, and of each line by itself."""
    counted = {one.id: _delivered(one) for one in went if one.own != 0}
    return {
        **shown(_measure(list(counted.values()), filters), _nothing(went), filters),
        "by_line": _by_line(went, counted, filters),
    }


def _measured(went: Sequence[Measured], filters: dict[str, str]) -> Measures:
    return _measure([_delivered(one) for one in went if one.own != 0], filters)


def _measure(counted: Sequence[Delivered], filters: dict[str, str]) -> Measures:
    return measure(counted, float(filters["days"]), house().world.now())


def _delivered(one: Measured) -> Delivered:
    # One failure of each method: how many there are is no measure.
    methods = {method: int(issue) for issue, method in (one.broke or {}).items()}
    return Delivered(
        id=one.id,
        at=one.at,
        kind=one.kind or "unknown",
        leads=tuple(one.leads or ()),
        failures=tuple([Failure(issue_id=key, method=how) for how, key in methods.items()]),
        recovered_at=one.recovered_at,
        is_rework=bool(one.is_rework),
    )


def _by_line(
    went: Sequence[Measured], counted: Mapping[int, Delivered], filters: dict[str, str]
) -> list[Page]:
    """The measures of each service in each environment: unlike services are not to be blended."""
    lines: dict[tuple[str, str], list[Measured]] = {}
    for one in went:
        lines.setdefault((one.service, one.environment), []).append(one)
    return [
        {
            "service": service,
            "environment": environment,
            **shown(
                _measure([counted[one.id] for one in mine if one.own != 0], filters),
                _nothing(mine),
                {**filters, "service": service, "environment": environment},
            ),
        }
        for (service, environment), mine in sorted(lines.items())
    ]
