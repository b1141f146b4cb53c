"""Which fixes are alive in which release of an issue's lines, and what a word adds to them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from correlator.investigation.fixes import going_back
from correlator.investigation.history_of_fixes import Past
from correlator.types import Fix, Means, Mend, Way

RELEASE, NEXT = "release:", "next:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody said: the change or release of ``key`` mends the issue, or (``is_so`` False)
    does not. ``release``: the one that is meant, for keys that stand for a release."""

    key: str
    is_so: bool
    because: str
    way: Way
    release: str | None = None


@dataclass(frozen=True, slots=True)
class Fixes:
    """The fixes of an issue, and the keys of those that somebody said are none. ``lost``: commits
    that are said to be fixes, and that the mirror lacks."""

    mends: tuple[Mend, ...]
    denied: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    @property
    def judged(self) -> tuple[Mend, ...]:
        """Without those."""
        return tuple(one for one in self.mends if one.fix.key not in self.denied)


@dataclass(frozen=True, slots=True)
class Carried:
    """The keys of the fixes that are alive in a release, and of those that it contains but that
    something in it takes back."""

    alive: frozenset[str] = frozenset()
    undone: frozenset[str] = frozenset()


def with_words(
    past: Past | None,
    found: Iterable[Mend],
    words: Iterable[Word],
    revisions: Mapping[str, str],
) -> Fixes:
    """What was found and what was said, a word outweighing a guess. ``revisions``: by release."""
    mends = {one.fix.key: one for one in found}
    denied: set[str] = set()
    for word in words:
        mend = _said(past, mends, word, revisions)
        if word.is_so:
            mends[mend.fix.key] = mend
            denied.discard(mend.fix.key)
        elif mend.fix.key in mends:
            denied.add(mend.fix.key)
    return Fixes(tuple(mends.values()), frozenset(denied))


def _said(
    past: Past | None, mends: Mapping[str, Mend], word: Word, revisions: Mapping[str, str]
) -> Mend:
    if word.release is not None or word.key.startswith((RELEASE, NEXT)):
        revision = revisions.get(word.release or "")
        fix = Fix(key=word.key, means=Means.NAMED, because=word.because)
        brings = (revision,) if revision else ()
        return Mend(fix=fix, way=word.way, sha=None, carriers=brings, release=word.release)
    known = next((one for one in mends.values() if word.key in (one.fix.key, *one.carriers)), None)
    if known is not None:
        return known if known.fix.confirmed else _confirmed(known, word)
    carriers = tuple(sorted(past.lineage.copies_of(word.key))) if past else (word.key,)
    fix = Fix(key=word.key, means=Means.NAMED, because=word.because)
    return Mend(fix=fix, way=word.way, sha=word.key, carriers=carriers)


def _confirmed(mend: Mend, word: Word) -> Mend:
    fix = replace(mend.fix, means=Means.NAMED, because=word.because, confirmed=True)
    return replace(mend, fix=fix, way=word.way)


def with_going_back(fixes: Fixes, past: Past | None, culprit: str | None) -> Fixes:
    """And the roll-back past the culprit, where that is known."""
    if past is None or culprit is None:
        return fixes
    back = going_back(culprit)
    back = replace(back, carriers=tuple(sorted(past.lineage.copies_of(culprit))))
    return replace(fixes, mends=(*fixes.mends, back))


def asked_of(past: Past, fixes: Fixes) -> frozenset[str]:
    """Commits of which one must know whether a revision contains them."""
    return frozenset(sha for one in fixes.mends for sha in past.lineage.asked_of(one.carriers))


def carried(
    past: Past | None,
    mends: Collection[Mend],
    revisions: Mapping[str, str],
    inside: Callable[[str], Collection[str]],
) -> dict[str, Carried]:
    """By release, the fixes that are in it. ``inside``: the commits asked of that a revision
    contains."""
    if past is None:
        return {}
    by_revision = {
        revision: _carried(past, mends, inside(revision)) for revision in set(revisions.values())
    }
    return {release: by_revision[revision] for release, revision in revisions.items()}


def _carried(past: Past, mends: Collection[Mend], inside: Collection[str]) -> Carried:
    forth = [one for one in mends if one.fix.means is not Means.ROLL_BACK]
    alive = {one.fix.key for one in forth if past.lineage.alive(one.carriers, inside)}
    contained = {one.fix.key for one in forth if any(sha in inside for sha in one.carriers)}
    mended = any(one.fix.means is Means.REVERT and one.fix.key in alive for one in forth)
    back = {
        one.fix.key
        for one in mends
        if one.fix.means is Means.ROLL_BACK and _lacks(past, one, inside, mended=mended)
    }
    return Carried(frozenset(alive | back), frozenset(contained - alive))


def _lacks(past: Past, mend: Mend, inside: Collection[str], *, mended: bool) -> bool:
    """Whether the culprit is not in force: it is not there, or was taken back before it was ever
    seen to fail. Where a revert mended it, that is the fix."""
    if not any(sha in inside for sha in mend.carriers):
        return True
    return not mended and not past.lineage.alive(mend.carriers, inside)


def by_name(
    found: Mapping[str, Carried], mends: Collection[Mend], rolled: Iterable[str]
) -> Mapping[str, Carried]:
    """And the releases that are known to mend it though nobody knows their revisions: what was
    ``rolled`` out (in its order) before the first of them did not, if nothing else is a fix."""
    forth = [one for one in mends if one.fix.means is not Means.ROLL_BACK]
    named = {one.release: one.fix.key for one in forth if one.release not in {None, *found}}
    if not named or any(one.release is None for one in forth):
        return found
    before = list(takewhile(lambda release: release not in named, rolled))
    told = {name: Carried(alive=frozenset({key})) for name, key in named.items() if name}
    return {**dict.fromkeys(before, Carried()), **told, **found}
