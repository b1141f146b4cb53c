"""GitLab's REST API: merge requests by when they changed, each with what tells of its approvals.

https://docs.gitlab.com/api/merge_requests, .../merge_request_approvals, .../notes. Read newest
first, as on GitHub. A server without approvals (404) has none to tell; its notes still may.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from correlator.backfill.forges import Changed, Forge, Told, one_of, pages
from correlator.http import NotThere, Outward
from correlator.sources import gitlab_api
from correlator.sources.lenient import as_time, as_whole

_LIST = "state=all&scope=all&order_by=updated_at&sort=desc&per_page=100"
MOST_NOTE_PAGES = 50


def headers(token: str | None) -> dict[str, str]:
    """What every request carries; GitLab takes any of its tokens as a bearer's."""
    return {"authorization": f"Bearer {token}"} if token else {}


def changed(ask: Outward, forge: Forge, since: datetime | None, etag: str | None) -> Changed | None:
    """As ``backfill.changed``."""
    after = f"&updated_after={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if since else ""
    url = f"{_of(forge)}?{_LIST}{after}"
    first = ask.get(url, {"if-none-match": etag} if etag else {})
    if first.status == 304:
        return None
    found: dict[int, datetime] = {}
    for said in pages(ask, url, first=first):
        number, at = as_whole(said.get("iid")), as_time(said.get("updated_at"))
        if number is not None and number > 0 and at is not None:
            found.setdefault(number, at)
    # Its etag is of an address that moves on with ``since``.
    return Changed(tuple(sorted((at, number) for number, at in found.items())), None)


def told(ask: Outward, forge: Forge, number: int) -> Told:
    """As ``backfill.told``."""
    url = f"{_of(forge)}/{number}"
    said = one_of(ask, url)
    beside: dict[str, Sequence[Mapping[str, Any]]] = {
        "approved_by": _approved(ask, url),
        "notes": list(pages(ask, f"{url}/notes?sort=asc&per_page=100", MOST_NOTE_PAGES)),
        "commits": list(pages(ask, f"{url}/commits?per_page=100")),
        "versions": list(pages(ask, f"{url}/versions?per_page=100")),
    }
    return Told(*gitlab_api.from_api(said, forge.repository, beside))


def _approved(ask: Outward, url: str) -> Sequence[Mapping[str, Any]]:
    try:
        found = one_of(ask, f"{url}/approvals").get("approved_by")
    except NotThere:
        return ()
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else ()


def _of(forge: Forge) -> str:
    return f"{forge.api}/projects/{quote(forge.repository, safe='')}/merge_requests"
