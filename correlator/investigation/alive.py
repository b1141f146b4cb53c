"""Which fixes are alive in which release of an issue's lines, and what a word adds to them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from correlator.investigation.fixes import Past, going_back
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
    """The fixes of an issue, and the keys of those that somebody said are none."""

    mends: tuple[Mend, ...]
    denied: frozenset[str] = frozenset()

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
    alive = frozenset(one.fix.key for one in mends if _alive(past, one, inside))
    contained = frozenset(one.fix.key for one in mends if _contains(one, inside))
    return Carried(alive, contained - alive)


def _contains(mend: Mend, inside: Collection[str]) -> bool:
    """Going back is nothing that a revision could contain."""
    if mend.fix.means is Means.ROLL_BACK:
        return False
    return any(sha in inside for sha in mend.carriers)


def _alive(past: Past, mend: Mend, inside: Collection[str]) -> bool:
    if mend.fix.means is Means.ROLL_BACK:
        return not any(sha in inside for sha in mend.carriers)
    return past.lineage.alive(mend.carriers, inside)
