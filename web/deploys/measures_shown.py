"""The five measures as a page, its JSON twin and the table show them."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from correlator.delivery import Measures, Share
from correlator.statistics import Interval
from web.leads import leads
from web.pages import Page

# What a number was counted from, by the name that its address carries.
LISTS = {
    "deploys": "Deploys that count",
    "re_runs": "Re-runs of what was deployed already: not counted",
    "nothing": "Deploys that carried nothing for their service: not counted",
    "ripe": "Deploys that had time to fail",
    "young": "Deploys too young to have failed: counted in no share",
    "failed": "Deploys that brought the culprit of an issue that somebody had to act on",
    "by_time": "Failed deploys known by time alone",
    "rework": "Deploys that were rework: roll-backs and hotfixes",
    "recovered": "Failed deploys that are over",
    "unrecovered": "Failed deploys that are not over",
}


def asked_of(filters: Mapping[str, str]) -> dict[str, Any]:
    """The filters as an address carries them."""
    return {name: value for name, value in filters.items() if value}


def lists(found: Measures, nothing: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """What each number was counted from."""
    return {
        "deploys": found.deploys,
        "re_runs": found.re_runs,
        "nothing": nothing,
        "ripe": found.ripe,
        "young": found.young,
        "failed": found.failed.ids,
        "by_time": found.by_time,
        "rework": found.rework.ids,
        "recovered": found.recovered,
        "unrecovered": found.unrecovered,
    }


def shown(found: Measures, nothing: tuple[int, ...], filters: dict[str, str]) -> Page:
    """The measures of some deploys, each number with the address of its list."""
    lead, given = leads("delivery.listed"), asked_of(filters)
    counts: Page = {
        name: {"count": len(ids), "url": lead({"which": name, **given})}
        for name, ids in lists(found, nothing).items()
    }
    counts["failed"] |= _share(found.failed)
    counts["rework"] |= _share(found.rework)
    return {
        **counts,
        "per_day": found.per_day,
        "lead": found.lead,
        "changes": {"count": found.lead_of, "url": leads("delivery.changes")(given)},
        "recovery": found.recovery,
        **_range("per_day", found.per_day_interval),
        **_range("lead", found.lead_interval),
        **_range("recovery", found.recovery_interval),
    }


def _range(name: str, found: Interval | None) -> Page:
    high = found.high if found and isfinite(found.high) else None
    return {f"{name}_low": found.low if found else None, f"{name}_high": high}


def _share(one: Share) -> Page:
    return {
        "of": one.of,
        "share": one.share,
        "low": one.interval.low if one.of else None,
        "high": one.interval.high if one.of else None,
    }
