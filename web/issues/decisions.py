"""What people decide about an issue: which change did it, and whether it is over."""

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from correlator.store.classes import kinds
from correlator.store.issues import stories
from correlator.store.issues.listing import CONFIRMED, REJECTED
from correlator.store.session import transaction
from correlator.store.tables import IssueRow, JudgementRow, StatusRow
from correlator.store.verdicts import scored
from correlator.types import Kind, Next
from web import present
from web.auth import people_only, viewer
from web.pages import house, section

pages = section("decisions")
TAKEN_BACK = "taken-back"


@pages.post("/issues/<int(max=9223372036854775807):issue_id>/judgement")
@people_only
def judge(issue_id: int) -> Response:
    """Keep what a person said about a suspect, or all commits of one: append-only, the newest
    counts."""
    shas, said = request.form.getlist("sha"), request.form.get("said", "")
    if said not in {REJECTED, CONFIRMED, TAKEN_BACK}:
        abort(400, "Say rejected, confirmed or taken-back.")
    world = house().world
    with transaction(world.engine) as session:
        verdict_id = stories.verdict_suspecting(session, issue_id, set(shas))
        if verdict_id is None:
            abort(404, "This change is no longer among the suspects. Open the issue again.")
        session.add_all(
            JudgementRow(
                issue_id=issue_id,
                sha=sha,
                said=said,
                account_id=viewer().account_id,
                at=world.now(),
                verdict_id=verdict_id,
            )
            # The likeliest last: of what was confirmed at once, the newest word is the culprit.
            for sha in reversed(dict.fromkeys(shas))
        )
        scored.renew(session, [issue_id])
    # Another change is named now, or none: its diff is what the kind rests on.
    house().wake(Next("classify", (issue_id,)))
    flash(_told(said, shas[0], len(set(shas))))
    return redirect(url_for("issues.issue", issue_id=issue_id), 303)


def _told(said: str, sha: str, number: int) -> str:
    short = sha[: present.SHORT] if number == 1 else f"A pull request ({number} commits)"
    return {
        REJECTED: f"{short} is ruled out.",
        CONFIRMED: f"{short} is confirmed as the culprit.",
        TAKEN_BACK: f"What was said about {short} is taken back.",
    }[said]


@pages.post("/issues/<int(max=9223372036854775807):issue_id>/status")
@people_only
def set_status(issue_id: int) -> Response:
    """Resolve or reopen."""
    status = request.form.get("status", "")
    if status not in {"open", "resolved"}:
        abort(400, "An issue is open or resolved.")
    world = house().world
    with transaction(world.engine) as session:
        row = session.get(IssueRow, issue_id)
        if row is None:
            abort(404)
        if row.status != status:
            row.status = status
            who, now = viewer().account_id, world.now()
            session.add(StatusRow(issue_id=issue_id, status=status, account_id=who, at=now))
    return redirect(url_for("issues.issue", issue_id=issue_id), 303)


@pages.post("/issues/<int(max=9223372036854775807):issue_id>/kind")
@people_only
def set_kind(issue_id: int) -> Response:
    """Keep what a person says the kind is; an empty one takes their word back."""
    given = request.form.get("kind", "")
    if given and given not in set(Kind):
        abort(400, "This is no kind that we know.")
    world = house().world
    kind = Kind(given) if given else None
    with transaction(world.engine) as session:
        if not kinds.keep_word(session, issue_id, kind, viewer().account_id, world.now()):
            abort(404)
    flash(f"The kind is {kind.label!r} now." if kind else "The kind is as we guess it again.")
    return redirect(url_for("issues.issue", issue_id=issue_id), 303)
