"""Repositories and the state of their mirrors. Credentials never come near a page."""

from urllib.parse import urlsplit, urlunsplit

from correlator.store.session import reading
from correlator.store.upkeep import installation
from web import present
from web.auth import viewer
from web.pages import Page, house, page, section

pages = section("repositories")


@page(pages, "/repositories", "repositories.html")
def repositories() -> Page:
    """Every repository: what state its mirror is in, and what is wrong with it."""
    with reading(house().world.engine) as session:
        rows = installation.repositories(session, viewer().only_project)
    return {
        "repositories": [
            {
                "name": row.name,
                "url": _without_secrets(row.url),
                "branch": row.default_branch,
                "state": row.state,
                "problem": row.problem,
                "fetched_at": present.when(row.fetched_at),
                "projects": names,
            }
            for row, names in rows
        ]
    }


def _without_secrets(address: str) -> str:
    """The address without user and password, whatever somebody once put into it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(not an address)"
    if not parts.scheme or "@" not in parts.netloc:
        return address
    user = "git@" if parts.scheme == "ssh" else ""
    return urlunsplit(parts._replace(netloc=user + parts.netloc.rpartition("@")[2], query=""))
