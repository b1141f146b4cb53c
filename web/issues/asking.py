"""Whom to ask about a change, at three in the morning: the person behind it, and who approved it.

An agent cannot be asked. The person is the one that accountability names; until that is told, it
is the author that git records, if mail reaches them.
"""

import re

from sqlmodel import Session

from correlator.store.code.standings import standing_of
from correlator.store.tables import CommitRow
from web.present import Shown

_TRAILER = re.compile(r"^[A-Za-z-]{2,40}: ([^<>\n]{1,100}) <([^<>\s]{3,200})>$", re.MULTILINE)


def whom(session: Session, commit: CommitRow | None) -> Shown | None:
    """``who`` and ``because`` (None where no person is known), their ``mail``, and who
    ``approved`` it; None where nothing is known of the commit."""
    if commit is None:
        return None
    standing = standing_of(session, commit.repo_id, commit.sha)
    if standing is None or not standing.body:
        mail = _reachable(commit.author_email)
        return _asked(commit.author_name if mail else None, "author of the commit", mail, [])
    human = standing.body.get("human") or {}
    signed = [one["who"] for one in standing.body.get("sign_offs", ()) if one["state"] == "counts"]
    return _asked(
        human.get("who"), human.get("because"), _mail_of(human.get("who"), commit), signed
    )


def _asked(who: str | None, because: str | None, mail: str | None, approved: list[str]) -> Shown:
    return {
        "who": who,
        "because": because if who else None,
        "mail": mail if who else None,
        "approved": approved,
    }


def _mail_of(who: str | None, commit: CommitRow) -> str | None:
    """The address that the commit gives for that name, if mail reaches it."""
    named = [
        (commit.author_name, commit.author_email),
        (commit.committer_name, commit.committer_email),
        *_TRAILER.findall(commit.message),
    ]
    own = (address for name, address in named if name == who)
    return next((address for address in own if _reachable(address)), None)


def _reachable(mail: str) -> str | None:
    return mail if "@" in mail and "noreply" not in mail.lower() else None
