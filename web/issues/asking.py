"""Whom to ask about a change, at three in the morning: the person behind it, and who approved it.

An agent cannot be asked. The person is the one that accountability names; until that is told, it
is the author that git records, if mail reaches them. An address is taken only from where a commit
says who made or vouched for it, and it is told where: any other line of a message ("Reported-by",
quoted mail) may give a name any address.
"""

import re
from collections.abc import Iterator

from sqlmodel import Session

from correlator.store.code.standings import standing_of
from correlator.store.tables import CommitRow
from web.present import Shown

# (address, what gives it)
Mail = tuple[str, str]

_TRAILER = re.compile(
    r"^(Signed-off-by|Reviewed-by|Co-authored-by): ([^<>\n]{1,100}) <([^<>\s]{3,200})>$",
    re.MULTILINE | re.IGNORECASE,
)


def whom(session: Session, commit: CommitRow | None) -> Shown | None:
    """``who`` and ``because`` (None where no person is known), their ``mail`` and what gives it
    (``mail_from``), and who ``approved`` it; None where nothing is known of the commit."""
    if commit is None:
        return None
    standing = standing_of(session, commit.repo_id, commit.sha)
    if standing is None or not standing.body:
        name = commit.author_name if _reachable(commit.author_email) else None
        return _asked(commit, name, "author of the commit", [])
    human = standing.body.get("human") or {}
    signed = [one["who"] for one in standing.body.get("sign_offs", ()) if one["state"] == "counts"]
    return _asked(commit, human.get("who"), human.get("because"), signed)


def _asked(commit: CommitRow, who: str | None, because: str | None, approved: list[str]) -> Shown:
    mail, given_by = _mail_of(who, commit) or (None, None)
    return {
        "who": who,
        "because": because if who else None,
        "mail": mail,
        "mail_from": given_by,
        "approved": approved,
    }


def _mail_of(who: str | None, commit: CommitRow) -> Mail | None:
    """The address that the commit gives for that name, if mail reaches it."""
    own = ((mail, by) for name, mail, by in _named(commit) if name == who)
    return next(((mail, by) for mail, by in own if _reachable(mail)), None)


def _named(commit: CommitRow) -> Iterator[tuple[str, str, str]]:
    """Names with their addresses, and what gives them; of the message, its last paragraph only."""
    yield commit.author_name, commit.author_email, "author"
    yield commit.committer_name, commit.committer_email, "committer"
    last = commit.message.rstrip().rpartition("\n\n")[2]
    for given_by, name, mail in _TRAILER.findall(last):
        yield name, mail, given_by.capitalize()


def _reachable(mail: str) -> bool:
    return "@" in mail and "noreply" not in mail.lower()
