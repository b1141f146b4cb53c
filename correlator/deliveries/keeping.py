"""What a delivery says, kept as rows: all of it or nothing, and again without doubling."""

from functools import lru_cache

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from correlator.code.mending import mended_in
from correlator.deliveries.reading import Delivery
from correlator.grouping import fingerprint, join
from correlator.grouping_rules import Rule, read_rules
from correlator.store.code.agent_works import keep_agent_work
from correlator.store.code.pull_requests import keep_pull_request, keep_review
from correlator.store.code.standings import forget_standings
from correlator.store.cycles.due import first_used, named_issues
from correlator.store.deploys.history import issues_of_release
from correlator.store.deploys.keeping import keep_deploy
from correlator.store.fixes.words import keep_resolved, keep_sentry_issue
from correlator.store.intake.exposures import keep_exposures
from correlator.store.intake.grouping_rules import rules_text
from correlator.store.issues.kept import keep_event
from correlator.store.issues.marks import narrowed
from correlator.store.tables import ProjectRow
from correlator.types import (
    AgentWork,
    Deploy,
    Event,
    Exposure,
    Fact,
    PullRequest,
    Resolved,
    Review,
    Unread,
)


def keep_facts(session: Session, read: Delivery) -> list[int]:
    """Keep the facts, all of a delivery or nothing of it; the issues that want a verdict."""
    try:
        with session.begin_nested():
            return _facts(session, read)
    except IntegrityError:
        # Another worker has just kept the same: now it is there to be found.
        with session.begin_nested():
            return _facts(session, read)


def _facts(session: Session, read: Delivery) -> list[int]:
    project = session.get_one(ProjectRow, read.inbound.project_id)
    touched: list[int] = []
    counted = [one for one in read.facts if isinstance(one, Exposure)]
    keep_exposures(session, project, counted)
    read.used = first_used(project, counted)
    for fact in read.facts:
        found = _fact(session, project, fact, read)
        touched += found
        if isinstance(fact, Event):
            read.seen += found
        elif not isinstance(fact, Exposure | Resolved | Unread):
            read.repos += forget_standings(session, project.id or 0, fact)
    return touched


def _fact(session: Session, project: ProjectRow, fact: Fact, read: Delivery) -> list[int]:
    inbound = read.inbound
    match fact:
        case Event():
            known = fingerprint(fact, _rules(rules_text(session, project.id or 0)))
            known = narrowed(session, project.id or 0, known, fact)
            kept = keep_event(session, project, fact, known, inbound.received_at, join)
            keep_sentry_issue(session, project.id or 0, fact.sentry_issue, kept.issue_id)
            read.met.append(kept.issue_id)
            return [kept.issue_id] if kept.wants_verdict else []
        case Deploy():
            if keep_deploy(session, project, fact, inbound.received_at) is None:
                return []
            read.deployed.append(project.id or 0)
            return issues_of_release(session, project.id or 0, fact.release)
        case Exposure() | Unread():
            # The one is added up for the whole delivery at once, the other only told.
            return []
        case PullRequest():
            keep_pull_request(session, project.id or 0, fact)
            read.told += named_issues(session, project.id or 0, _mended(fact))
            return []
        case Review():
            keep_review(session, project.id or 0, fact)
            return []
        case AgentWork():
            keep_agent_work(session, project.id or 0, fact)
            return []
        case Resolved():
            # Kept as Sentry's word; whether it is true, production shows.
            if (issue_id := keep_resolved(session, project.id or 0, fact)) is not None:
                read.told.append(issue_id)
            return []


@lru_cache(maxsize=64)
def _rules(text: str) -> tuple[Rule, ...]:
    """Rules as they were kept, which is only done with such as can be read."""
    return read_rules(text)


def _mended(pull: PullRequest) -> frozenset[str]:
    """What a pull request says that it mends."""
    texts = (pull.title or "", *pull.footers, *(one.subject for one in pull.commits))
    return frozenset(name for text in texts for name in mended_in(text))
