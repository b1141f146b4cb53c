"""The policy in force, and every deployed change as it was judged."""

from datetime import datetime
from functools import partial
from typing import Any

from flask import request, url_for

from correlator.store.code import judged, survey_turns
from correlator.store.code.judged import NO_RULE, OUTCOMES, WantedRulings
from correlator.store.session import reading
from correlator.store.tables import StandingRow, SurveyedRow
from web import present
from web.code.surveyed import head, the_repository
from web.pages import Page, asked_page, house, page, section

pages = section("policies")
LABELS = {"kept": "Kept", "broken": "Broken", "cannot-tell": "Cannot tell", NO_RULE: "No rule",
          "waived": "Waived"}  # fmt: skip


@page(pages, "/repositories/<path:name>/policy", "policy.html")
def policy(name: str) -> Page:
    """A repository's policy in words, its waivers, and what was deployed, judged by it."""
    outcome, rule = request.args.get("outcome", ""), request.args.get("rule", "")[:300]
    wanted = WantedRulings(
        outcome=outcome if outcome in LABELS else "", rule=rule, page=asked_page()
    )
    with reading(house().world.engine) as session:
        row = the_repository(session, name)
        above = head(session, row)
        survey = survey_turns.survey_of(session, row.id)
        counts = judged.outcome_counts(session, row.id or 0)
        by_rule = judged.rule_counts(session, row.id or 0)
        total, found = judged.changes(session, row.id or 0, wanted)
    leads = partial(url_for, "policies.policy", name=name)
    said: Page = dict(survey.policy) if survey else {}
    return {
        **above,
        "policy": {
            "path": said.get("path"),
            "revision": said.get("revision"),
            "problem": said.get("problem"),
            "owners": said.get("owners"),
            "text": said.get("text", ""),
            "groups": said.get("groups", {}),
            "rules": [_rule(one, by_rule, leads) for one in said.get("rules", [])],
            "waivers": [_waiver(one) for one in said.get("waivers", [])],
        },
        "former_rules": _former(said, by_rule, leads),
        "outcomes": [
            {"outcome": one, "label": LABELS[one], "count": counts[one],
             "url": leads(outcome=one) + "#changes"}
            for one in OUTCOMES
        ],
        "deployed": sum(counts.values()),
        "filters": {"outcome": wanted.outcome, "rule": wanted.rule},
        "total": total,
        "page": wanted.page,
        "last_page": max(1, -(-total // judged.PAGE)),
        "changes": [_change(one, change, name) for one, change in found],
    }  # fmt: skip


def _rule(one: Page, by_rule: dict[str, dict[str, int]], leads: Any) -> Page:
    return {**one, "counts": _counts(one["name"], by_rule, leads)}


def _former(said: Page, by_rule: dict[str, dict[str, int]], leads: Any) -> list[Page]:
    """Rules by which changes were judged and that the policy of today no longer has."""
    now = {one["name"] for one in said.get("rules", [])}
    return [
        {"name": name, "counts": _counts(name, by_rule, leads)}
        for name in sorted(set(by_rule) - now)
    ]


def _counts(name: str, by_rule: dict[str, dict[str, int]], leads: Any) -> list[Page]:
    counts = by_rule.get(name, {})
    return [
        {"outcome": one, "label": LABELS[one], "count": counts.get(one, 0),
         "url": leads(rule=name, outcome=one) + "#changes"}
        for one in ("broken", "cannot-tell", "kept", "waived")
    ]  # fmt: skip


def _waiver(one: Page) -> Page:
    expires = datetime.fromisoformat(one["expires"])
    return {**one, "has_expired": expires <= house().world.now()}


def _change(row: StandingRow, commit: SurveyedRow | None, name: str) -> Page:
    rulings = row.body.get("rulings", [])
    outcome = row.outcome if rulings else NO_RULE
    return {
        **present.commit(commit, row.sha, name),
        "outcome": outcome,
        "label": LABELS.get(outcome or "", "No rule"),
        "deployed_at": present.when(row.deployed_at),
        "environment": row.body.get("environment"),
        "problem": row.body.get("problem"),
        "rulings": [{**one, "label": LABELS.get(one["outcome"], "")} for one in rulings],
    }
