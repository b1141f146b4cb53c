"""Release -> revision: by deploy marker, by a SHA in its name, or by tag; always saying how.

Pipelines and SDKs seldom agree on a release's name (``v1.2.3`` and ``1.2.3``, long and short SHA):
the commonest fault in the field, so near names are tried, and the answer says that they differ.
A name that two commits could be meant by resolves to neither.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from correlator.code.git import is_full_sha
from correlator.types import ResolvedBy, Revision

_LONGEST = 250
_TOKENS = re.compile(r"[0-9A-Za-z]+")
_HEX = re.compile(r"\A[0-9a-f]{7,64}\Z")


class Lookup(Protocol):
    """What is asked of a repository; ``code.lookups.GitLookup`` asks git."""

    def commits(self, prefix: str) -> tuple[str, ...]:
        """Full hashes of the commits that begin with these (7 or more) lower-case hex digits."""

    def tags(self) -> Mapping[str, str]:
        """Every tag's name and the commit it leads to."""


@dataclass(frozen=True, slots=True)
class NoLookup:
    """For when there is no repository: only what stands in the name and in markers is known."""

    def commits(self, prefix: str) -> tuple[str, ...]:
        """A whole hash is believed; a part of one says nothing."""
        return (prefix,) if is_full_sha(prefix) else ()

    def tags(self) -> Mapping[str, str]:
        """None."""
        return {}


def resolve(release: str, *, markers: Mapping[str, str], lookup: Lookup) -> Revision | None:
    """The commit that a release stands for; None when nothing says so, or two things could be.

    ``markers``: release name to the revision that its deploy marker gave. Order of trust: marker,
    whole SHA, SHA in the name, tag. A whole SHA is returned even if the repository lacks it: then
    the revision is known and the repository is behind.
    """
    release = release.strip()
    if not release or len(release) > _LONGEST:
        return None
    return (
        _by_marker(release, markers, lookup)
        or _by_whole_sha(release)
        or _by_sha_in_name(_likely_shas(release), release, lookup)
        or _by_tag(release, lookup)
        or _by_sha_in_name(_numbers(release), release, lookup)
    )


def why_unresolved(release: str | None, lookup: Lookup) -> str:
    """In words, what was tried for a release that ``resolve`` gave None for, and what to do."""
    if not release:
        return (
            "The event names no release. Set one in the SDK (release=...), best the commit's SHA,"
            " and tell of deploys: correlator deploy --release R --environment E --revision SHA"
        )
    tried = ["no deploy marker gives its revision"]
    for token in _hex_tokens(release):
        found = len(lookup.commits(token))
        tried.append(f"{found or 'no'} commits begin with {token}")
    tried.append(f"no tag is called {' or '.join(list(_tag_names(release))[:3])}")
    return (
        f"Release {release!r} leads to no commit: {', '.join(tried)}. Tell which it was:"
        f" correlator deploy --release {shlex.quote(release)} --environment E --revision SHA"
    )


def _by_marker(release: str, markers: Mapping[str, str], lookup: Lookup) -> Revision | None:
    if said := markers.get(release):
        return _marked(said, "", lookup)
    near = {name: rev for name, rev in markers.items() if rev and _are_near(name, release)}
    if len(set(near.values())) != 1:
        return None
    name, said = next(iter(near.items()))
    return _marked(
        said, f", which calls the release {name!r} where the event says {release!r}", lookup
    )


def _marked(said: str, aside: str, lookup: Lookup) -> Revision | None:
    """A marker's revision as a commit: whole, or a part of a SHA, or a tag's name."""
    given = said.strip()
    if is_full_sha(given.lower()):
        return Revision(given.lower(), ResolvedBy.MARKER, f"a deploy marker gave it{aside}")
    if _HEX.match(given.lower()) and len(found := lookup.commits(given.lower())) == 1:
        return Revision(found[0], ResolvedBy.MARKER, f"a deploy marker gave {given}{aside}")
    if sha := lookup.tags().get(given):
        return Revision(sha, ResolvedBy.MARKER, f"a deploy marker gave the tag {given!r}{aside}")
    return None


def _by_whole_sha(release: str) -> Revision | None:
    whole = {token for token in _hex_tokens(release) if is_full_sha(token)}
    if len(whole) != 1:
        return None
    return Revision(whole.pop(), ResolvedBy.SHA_IN_NAME, "the release's name holds the whole SHA")


def _by_sha_in_name(tokens: tuple[str, ...], release: str, lookup: Lookup) -> Revision | None:
    found = {commit: token for token in tokens for commit in lookup.commits(token)}
    if len(found) != 1:
        return None
    sha, token = found.popitem()
    because = f"the only commit that begins with {token}, which stands in {release!r}"
    return Revision(sha, ResolvedBy.SHA_IN_NAME, because)


def _by_tag(release: str, lookup: Lookup) -> Revision | None:
    tags = lookup.tags()
    name = next((name for name in _tag_names(release) if name in tags), None)
    if name is None:
        return None
    aside = "" if name == release else f" (the release is called {release!r})"
    return Revision(tags[name], ResolvedBy.TAG, f"tag {name!r} leads to it{aside}")


def _hex_tokens(release: str) -> tuple[str, ...]:
    """Parts of a name that may be SHAs, rightmost first. ``g`` before a SHA is git describe's."""
    found = [token.lower().removeprefix("g") for token in _TOKENS.findall(release)]
    return tuple(token for token in dict.fromkeys(reversed(found)) if _HEX.match(token))


def _likely_shas(release: str) -> tuple[str, ...]:
    return tuple(token for token in _hex_tokens(release) if not token.isdigit())


def _numbers(release: str) -> tuple[str, ...]:
    """Digits alone may be a date or a build number, so they are believed last."""
    return tuple(token for token in _hex_tokens(release) if token.isdigit())


def _near_names(release: str) -> Iterator[str]:
    """Other spellings of the same release, likeliest first."""
    package, at, version = release.rpartition("@")
    for bare in dict.fromkeys((version, version.partition("+")[0])):
        number = bare[1:] if re.match(r"[vV]\d", bare) else bare
        spellings = (bare, number, f"v{number}")
        if at:
            yield from (f"{package}{joint}{said}" for joint in "@-/" for said in spellings)
        yield from spellings
        yield from (f"release{joint}{number}" for joint in "-/")


def _are_near(one: str, other: str) -> bool:
    return one in _near_names(other) or other in _near_names(one)


def _tag_names(release: str) -> Iterator[str]:
    """Tags that a release may have been given, the exact name first."""
    return iter(dict.fromkeys((release, *_near_names(release))))
