"""Roll back or not: said only where the facts carry it, and never more than they carry."""

from correlator.store.issues.stories import Story
from web import present
from web.present import SHORT, Shown


def deployed_range(story: Story) -> Shown | None:
    """Which deploy the issue began in and what went out with it."""
    verdict = story.verdict
    if verdict is None or verdict.deployed is None:
        return None
    log = f"git log --oneline {verdict.previous}..{verdict.deployed}" if verdict.previous else None
    return {
        "release": verdict.release,
        "deployed": verdict.deployed,
        "deployed_short": verdict.deployed[:SHORT],
        "previous_release": verdict.previous_release,
        "previous": verdict.previous,
        "previous_short": verdict.previous[:SHORT] if verdict.previous else None,
        "commits": verdict.commits_in_range,
        "resolved_by": verdict.resolved_by,
        "resolved_because": verdict.resolved_because,
        "deploy": present.deploy(story.began) if story.began else None,
        "log": log,
    }


def advice(story: Story, verdict: Shown) -> Shown | None:
    """The release to go back to, when the leading suspect went out with this deploy and the one
    before it is known not to contain it; with how many later deploys that would undo."""
    lead, given = verdict["lead"], story.verdict
    if lead is None or given is None or not lead["in_range"] or not given.previous:
        return None
    since = story.began.at if story.began else story.issue.first_seen
    later = [row for row in story.deploys if row.at > since and row.release != given.release]
    return {
        "release": given.previous_release or given.previous[:SHORT],
        "revision": given.previous,
        "short": given.previous[:SHORT],
        "later_deploys": len(later),
        "commits": given.commits_in_range,
    }
