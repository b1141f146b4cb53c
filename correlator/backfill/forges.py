"""Which forge a repository lies on, and how pages of its API are read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from correlator.errors import Permanent
from correlator.http import Answer, Outward, origin_of
from correlator.types import PullRequest, Review

# Of each 100 entries; beyond that the oldest are left to another time (or to --since).
MOST_PAGES = 500
KINDS = ("github", "gitlab")
_KNOWN = {
    "github.com": ("github", "https://api.github.com"),
    "ssh.github.com": ("github", "https://api.github.com"),
    "gitlab.com": ("gitlab", "https://gitlab.com/api/v4"),
    "altssh.gitlab.com": ("gitlab", "https://gitlab.com/api/v4"),
}
_UNDER = {"github": "/api/v3", "gitlab": "/api/v4"}
_SCP = re.compile(r"\A(?:[^@/:]{1,64}@)?([^@/:]{1,253}):(.+)\Z")
_NAME = re.compile(r"\A[\w.-]{1,100}(?:/[\w.-]{1,100}){1,9}\Z")


@dataclass(frozen=True, slots=True)
class Forge:
    """``kind``: github or gitlab; ``api``: where its API begins; ``repository``: full name."""

    kind: str
    api: str
    repository: str


@dataclass(frozen=True, slots=True)
class Changed:
    """(when it changed, number), longest ago first; ``etag`` of the first page."""

    numbers: tuple[tuple[datetime, int], ...]
    etag: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A pull request with all its reviews."""

    pull: PullRequest
    reviews: tuple[Review, ...]


def forge_of(
    url: str, kind: str | None = None, api: str | None = None, name: str | None = None
) -> Forge:
    """The forge of a repository's address; what is given outweighs what the address tells.

    An Enterprise or self-managed server's API is looked for under the address's own host.
    """
    host, path = _parts(url)
    known = _KNOWN.get(host)
    kind = kind or (known[0] if known else None)
    if kind not in KINDS:
        raise Permanent(
            f"What forge {host or url} is cannot be told from its name. Say it: --forge github or "
            "--forge gitlab (and --api-url if its API is not on the same host)."
        )
    if api is None and known is None and not host:
        raise Permanent("The repository is a path here: say where its forge is with --api-url.")
    own = known[1] if known and known[0] == kind else f"https://{host}{_UNDER[kind]}"
    repository = (name or path).strip("/").removesuffix(".git")
    if not _NAME.match(repository):
        raise Permanent(
            f"{repository[:100]!r} is no full name of a repository on a forge. Give it with --name:"
            " owner/repository."
        )
    return Forge(kind, (api or own).rstrip("/"), repository)


def _parts(url: str) -> tuple[str, str]:
    """Host and path of a git address; no host for a local path."""
    if "://" in url:
        parts = urlsplit(url)
        return (parts.hostname or "").casefold(), parts.path
    if scp := _SCP.match(url):
        return scp[1].casefold(), scp[2]
    return "", ""


def pages(
    ask: Outward, url: str, most: int = MOST_PAGES, first: Answer | None = None
) -> Iterator[Mapping[str, Any]]:
    """The entries of a list, page after page as the ``Link`` header leads (RFC 8288)."""
    where: str | None = url
    for _ in range(most):
        if where is None:
            return
        answer = first if first is not None else ask.get(where)
        first = None
        entries = answer.json()
        if not isinstance(entries, list):
            raise Permanent(f"{origin_of(url)} did not answer with a list. Is that the API?")
        yield from (one for one in entries if isinstance(one, Mapping))
        where = answer.link("next")
        if where is not None and origin_of(where) != origin_of(url):
            raise Permanent(f"{origin_of(url)} leads on to {origin_of(where)}: not followed.")


def one_of(ask: Outward, url: str) -> Mapping[str, Any]:
    """A single object. Permanent if the answer is anything else."""
    said = ask.get(url).json()
    if not isinstance(said, Mapping):
        raise Permanent(f"{origin_of(url)} did not answer with an object. Is that the API?")
    return said
