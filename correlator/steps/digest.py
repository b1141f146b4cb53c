"""Digest: takes deliveries from the inbox, reads them, keeps issues, events and deploys.

A delivery that cannot be read becomes a trouble row, scrubbed, that can be replayed.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from correlator import sources
from correlator.deliveries.keeping import keep_facts
from correlator.deliveries.reading import Delivery, defect, read_delivery
from correlator.errors import Transient
from correlator.steps import MOST_IDS, in_hundreds, step
from correlator.store.cycles.due import Place, deploy_concerns, use_came_late, with_fixes
from correlator.store.intake import inbox
from correlator.store.session import reading, transaction
from correlator.store.tables import InboxRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.types import Next, unread_in
from correlator.world import World


@step("digest")
def digest(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Work off up to a hundred deliveries; the inbox says which, so no ids are needed."""
    settings = world.settings
    with transaction(world.engine) as session:
        rows = inbox.claim(session, world.now(), settings.lease_seconds, MOST_IDS)
    if not rows:
        return []
    read = [read_delivery(world, row) for row in rows]
    try:
        with transaction(world.engine) as session:
            for one in read:
                _keep(world, session, one)
    except Transient:
        _let_go(world, rows)
        raise
    follow = in_hundreds("investigate", [issue for one in read for issue in one.issues])
    follow += in_hundreds("classify", [issue for one in read for issue in one.seen])
    follow += in_hundreds("account", [repo for one in read for repo in one.repos])
    if any(one.tells_of_deploys for one in read):
        follow += [Next("roll_out"), Next("reconsider")]
    _make_due(world, read)
    follow += _followed(world, read)
    return follow + ([Next("digest")] if len(rows) == MOST_IDS else [])


def _followed(world: World, read: list[Delivery]) -> list[Next]:
    """Issues whose fix was just told of, may have been rolled out, or is spoken against."""
    wanted = {issue for one in read for issue in one.told}
    met = {issue for one in read for issue in one.met}
    deployed = {project for one in read for project in one.deployed}
    if not met and not deployed:
        return in_hundreds("follow_up", list(wanted))
    with reading(world.engine) as session:
        wanted |= set(with_fixes(session, met))
        for project_id in deployed:
            wanted |= set(deploy_concerns(session, project_id, world.now()))
    return in_hundreds("follow_up", list(wanted))


def _make_due(world: World, read: list[Delivery]) -> None:
    """Issues whose fix was judged before the use of these deliveries was known."""
    used: dict[Place, datetime] = {}
    for one in read:
        for place, hour in one.used.items():
            used[place] = min(used.get(place, hour), hour)
    if used:
        with transaction(world.engine) as session:
            use_came_late(session, used, world.now())


def _let_go(world: World, rows: list[InboxRow]) -> None:
    """Nothing was kept: others may try at once, without waiting for the claims to run out."""
    with suppress(Transient), transaction(world.engine) as session:
        inbox.release(session, [row.id for row in rows if row.id is not None])


def _keep(world: World, session: Session, read: Delivery) -> None:
    row_id = read.row.id or 0
    if read.problem is None:
        try:
            read.issues = keep_facts(session, read)
            read.problem = unread_in(read.facts)
        except DBAPIError as fault:
            if isinstance(fault, OperationalError) or fault.connection_invalidated:
                # The database itself is in trouble: nothing is done, and all is tried again.
                raise
            read.problem = defect(world, fault)
        except Exception as fault:  # noqa: BLE001 - as in read_delivery
            read.problem = defect(world, fault)
    if read.problem is None:
        resolve_trouble(session, "digest", row_id, world.now())
    else:
        _keep_problem(world, session, read, row_id)
    inbox.finish(session, [row_id], world.now())


def _keep_problem(world: World, session: Session, read: Delivery, row_id: int) -> None:
    inbound = read.inbound
    keep_trouble(
        session,
        TroubleRow(
            project_id=inbound.project_id,
            step="digest",
            subject_id=row_id,
            reason=read.problem or "",
            body=sources.scrubbed_body(
                inbound,
                limits=sources.limits_of(world.settings),
                secret=world.settings.secret(),
            ),
            source=inbound.source,
            delivery=inbound.delivery,
            headers=dict(inbound.headers),
            at=world.now(),
        ),
    )
