"""GitHub's REST API: pull requests by when they changed, each with its reviews and commits.

https://docs.github.com/rest/pulls. The list is read newest first: whatever changes meanwhile
moves to its head and is only seen twice, never missed. GitHub lists 250 commits at most.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from correlator.backfill.forges import Changed, Forge, Told, one_of, pages
from correlator.http import Outward
from correlator.sources import github
from correlator.sources.lenient import as_time, as_whole

_LIST = "state=all&sort=updated&direction=desc&per_page=100"


def headers(token: str | None) -> dict[str, str]:
    """What every request carries."""
    said = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
    return {**said, "authorization": f"Bearer {token}"} if token else said


def changed(ask: Outward, forge: Forge, since: datetime | None, etag: str | None) -> Changed | None:
    """As ``backfill.changed``. An answer 304 is not counted against the rate limit."""
    url = f"{_of(forge)}/pulls?{_LIST}"
    first = ask.get(url, {"if-none-match": etag} if etag else {})
    if first.status == 304:
        return None
    found: dict[int, datetime] = {}
    for said in pages(ask, url, first=first):
        number, at = _entry(said)
        if at is not None and since is not None and at < since:
            break
        if number is not None and at is not None:
            found.setdefault(number, at)
    return Changed(tuple(sorted((at, number) for number, at in found.items())), _etag(first))


def told(ask: Outward, forge: Forge, number: int) -> Told:
    """As ``backfill.told``."""
    url = f"{_of(forge)}/pulls/{number}"
    said = one_of(ask, url)
    reviews = list(pages(ask, f"{url}/reviews?per_page=100"))
    commits = list(pages(ask, f"{url}/commits?per_page=100"))
    return Told(*github.from_api(said, reviews, commits))


def _of(forge: Forge) -> str:
    return f"{forge.api}/repos/{quote(forge.repository)}"


def _entry(said: Mapping[str, Any]) -> tuple[int | None, datetime | None]:
    number = as_whole(said.get("number"))
    return (number if number and number > 0 else None), as_time(said.get("updated_at"))


def _etag(answer: Any) -> str | None:
    etag: str = answer.headers.get("etag", "")
    return etag if 0 < len(etag) <= 200 else None
