"""Suspects of other services: what a provider on the request's path deployed shortly before.

A trace ends at the border of a service, a fault need not. Nothing here is fitted, for want of
cases: the points are few, said in words, and set so that a deploy alone names nobody. They are
relative to the score of "none of these": 0 against it is as likely as "none", and each commit of a
large deploy starts lower than the only one of a small.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from correlator.code.repo import Repo
from correlator.investigation.calls_made import Call
from correlator.investigation.routes import Handlers, handlers, touches
from correlator.ranking.words import COMMON, WORD, is_prose, is_test
from correlator.types import Event, Evidence, FilePatch, Patch, Suspect

MOST_COMMITS = 300
MOST_FILES = 40
MOST_SUSPECTS = 3
ON_PATH = -6.5
JUST_DEPLOYED = 2.5
HALF_LIFE_HOURS = 2.0
HANDLER = 3.0
TOOK_FIELD = 4.0
CHANGED_FIELD = 2.0
_QUOTED = re.compile(r"""["'`]([A-Za-z_][\w-]{2,60})["'`]""")
_ATTRIBUTE = re.compile(r"\.([A-Za-z_]\w{2,60})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A service on the request's path and what was deployed of it. ``deployed`` and ``previous``
    are full hashes; ``how``: how it is known to be on the path; ``calls``: what it was asked."""

    service: str
    repository: str
    release: str
    deployed: str
    previous: str
    at: datetime
    how: str
    calls: tuple[Call, ...] = ()


def suspects_of(
    repo: Repo, provider: Provider, event: Event, first_seen: datetime, none: float
) -> tuple[Suspect, ...]:
    """The changes of a provider's deploy that may have broken who called it, best first.

    ``none``: the score of "none of these". Probabilities are left at 0: see ``joining``. Raises
    Transient where git takes too long, Permanent where it cannot answer.
    """
    patches = [
        patch
        for patch in repo.patches(provider.previous, provider.deployed, MOST_COMMITS)
        if any(_is_code(file) for file in patch.files)
    ]
    paths = [call.path for call in provider.calls if len(call.path) > 1]
    names = (file.path for patch in patches for file in patch.files if _is_code(file) and file.path)
    files = list(dict.fromkeys(names))[:MOST_FILES]
    found = handlers(repo.texts(provider.deployed, files), paths) if paths else Handlers({}, {})
    start = (*_standing(provider, first_seen, none), _one_of(len(patches)))
    asked = asked_fields(event)
    made = []
    for patch in patches:
        rows = [*start, *_handled(patch, provider, found, paths), *_fields(patch, asked)]
        made.append(_suspect(patch, provider, [row for row in rows if row.points]))
    return tuple(sorted(made, key=lambda one: -one.score)[:MOST_SUSPECTS])


def asked_fields(event: Event) -> dict[str, float]:
    """Names that the failing code asked of an answer, 0 to 1: what the message quotes weighs all,
    what only the crash line reads a part."""
    found: dict[str, float] = {}
    for frame in reversed(event.trace[-3:]):
        line = (frame.context_line or "")[:500]
        for name in (*_QUOTED.findall(line), *_ATTRIBUTE.findall(line)):
            found[name] = 0.6
    texts = [raised.value[:1000] for raised in event.exceptions[-3:]] + [event.message[:1000]]
    for text in texts:
        found |= dict.fromkeys(_QUOTED.findall(text), 1.0)
    return {name: share for name, share in found.items() if name not in COMMON}


def _standing(provider: Provider, first_seen: datetime, none: float) -> Iterator[Evidence]:
    because = f"{provider.service} is on the path of this request: {provider.how}"
    yield Evidence(signal="on-request-path", points=none + ON_PATH, because=because)
    hours = max(0.0, (first_seen - provider.at).total_seconds() / 3600)
    points = JUST_DEPLOYED * 0.5 ** (hours / HALF_LIFE_HOURS)
    because = f"{provider.service} deployed {provider.release} {_before(hours)}"
    yield Evidence(signal="provider-deployed", points=points, because=because)


def _before(hours: float) -> str:
    if hours < 2:
        return f"{max(0, round(hours * 60))} min before this was first seen"
    return f"{round(hours)} h before this was first seen"


def _one_of(number: int) -> Evidence:
    because = f"it is one of {number} changes of that deploy"
    return Evidence(signal="one-of-many", points=-math.log(max(number, 1)), because=because)


def _handled(
    patch: Patch, provider: Provider, found: Handlers, paths: Sequence[str]
) -> Iterator[Evidence]:
    if paths and (path := touches(patch, found, paths)):
        asked = next(call for call in provider.calls if call.path in paths).shown
        because = f"it touched the handler of {asked}, which this request called, in {path}"
        yield Evidence(signal="provider-handler", points=HANDLER, because=because, path=path)


def _fields(patch: Patch, asked: dict[str, float]) -> Iterator[Evidence]:
    """The strongest of: it took a name away that the caller reads; it changed a line with it."""
    rows = []
    for file in filter(_is_code, patch.files):
        gone = _words(line for hunk in file.hunks for line in hunk.removed)
        come = _words(line for hunk in file.hunks for line in hunk.added)
        for name, share in asked.items():
            path = file.path or file.old_path
            if name in gone - come:
                because = f"it took {name!r} away in {path}, which the code that failed reads"
                rows.append((TOOK_FIELD * share, because, path))
            elif name in come:
                because = f"it changed a line with {name!r} in {path}, which the failed code reads"
                rows.append((CHANGED_FIELD * share, because, path))
    if rows:
        points, because, path = max(rows)
        yield Evidence(signal="provider-field", points=points, because=because, path=path)


def _suspect(patch: Patch, provider: Provider, rows: Iterable[Evidence]) -> Suspect:
    evidence = tuple(sorted(rows, key=lambda row: -abs(row.points)))
    return Suspect(
        sha=patch.commit.sha,
        score=sum(row.points for row in evidence),
        probability=0.0,
        in_range=False,
        evidence=evidence,
        repository=provider.repository,
        service=provider.service,
    )


def _is_code(file: FilePatch) -> bool:
    path = file.path or file.old_path
    return not is_test(path) and not is_prose(path)


def _words(lines: Iterable[str]) -> set[str]:
    return {word for line in lines for word in WORD.findall(line[:1000])}
