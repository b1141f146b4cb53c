"""What people said of an issue's suspects, as its page shows it."""

from correlator.store.issues.listing import CONFIRMED, REJECTED
from correlator.store.issues.stories import Story
from web import present
from web.auth import account_name
from web.present import Shown


def judgements(story: Story) -> list[Shown]:
    """What was said last of each suspect, taken back or not."""
    return [
        {
            "sha": row.sha,
            "said": row.said,
            "by": account_name(story.people.get(row.account_id)),
            "at": present.when(row.at),
        }
        for row in story.said.values()
    ]


def last_word(story: Story, ranked: list[Shown]) -> Shown | None:
    """What was said last, to be taken back with one key; None where nothing stands."""
    rows = [row for row in story.said.values() if row.said in {CONFIRMED, REJECTED}]
    if not rows:
        return None
    newest = max(rows, key=lambda row: row.id or 0)
    whole = next(
        (one for one in ranked if newest.sha in [part["sha"] for part in one["parts"]]), None
    )
    if whole is None:
        return None
    shas = [part["sha"] for part in whole["parts"] if part["said"] == newest.said]
    return {
        "said": newest.said,
        "shas": shas,
        "subject": whole["subject"] or whole["short"],
        "by": account_name(story.people.get(newest.account_id)),
        "at": present.when(newest.at),
    }
