"""Changes that blame names and that harm nothing: sweeps are looked through, layout is told apart.

A sweep that owns lines of the trace is handed to blame as a revision to ignore, so that what stood
there before answers for them. Syntax trees are compared only where the changed lines themselves
leave the question open: one git call for all of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from correlator.code import layout, spans
from correlator.code.at_once import AtOnce
from correlator.code.fact_store import question
from correlator.code.git import TooSlow
from correlator.code.layout import same_program
from correlator.code.remembered import MEBIBYTE, Remembered
from correlator.code.repo import Repo
from correlator.ranking import sweeps as ranking_sweeps
from correlator.ranking import words
from correlator.ranking.case import Place
from correlator.ranking.sweeps import FILES, is_sweep, may_be_layout
from correlator.types import Origin, Patch

# Answers found with other code are not gone by.
_IS_SWEEP = question("sweep", ranking_sweeps, words)
_IS_LAYOUT = question("layout", layout, spans)
# Commits whose syntax trees are compared, and files of each.
LAYOUTS, LAYOUT_FILES = 30, 5
# What a process has compared: of one repository's issues, most meet the same commits.
_BYTES = 200
_SAME: Remembered[tuple[str, str], bool] = Remembered(MEBIBYTE)


def sweeps(repo: Repo, patches: Iterable[Patch]) -> frozenset[str]:
    """Those that make the same edit in many files."""
    wide = {patch.commit.sha: patch for patch in patches if len(patch.files) >= FILES}
    known = repo.known(_IS_SWEEP, wide)
    found = {sha: is_sweep(patch.files) for sha, patch in wide.items() if sha not in known}
    repo.know(_IS_SWEEP, found)
    return frozenset(sha for sha, yes in {**known, **found}.items() if yes)


def owed_to(places: Iterable[Place], swept: Collection[str]) -> dict[str, frozenset[str]]:
    """By path: the sweeps that blame names in a traced function there."""
    found: dict[str, frozenset[str]] = {}
    for place in places:
        mine = {origin.sha for origin in place.origins.values()} & set(swept)
        if mine:
            found[place.path] = found.get(place.path, frozenset()) | mine
    return found


def look_through(
    repo: Repo,
    deployed: str,
    origins: Mapping[str, Mapping[int, Origin]],
    owed: Mapping[str, frozenset[str]],
    notes: list[str],
) -> dict[str, Mapping[int, Origin]]:
    """The origins of lines, by path, as if the sweeps had not been."""
    found: dict[str, Mapping[int, Origin]] = {}
    with AtOnce() as git:
        asked = {
            path: git.ask(repo.before, deployed, origins[path], swept)
            for path, swept in owed.items()
        }
        for path, answer in asked.items():
            try:
                found[path] = answer.result()
            except TooSlow:
                notes.append(f"{path} is blamed on a sweep: looking through it took too long")
    return found


def of_layout(repo: Repo, patches: Iterable[Patch]) -> frozenset[str]:
    """Those whose syntax trees are equal before and after, in every file of code."""
    likely = [
        patch
        for patch in patches
        if patch.commit.parents and len(patch.files) <= LAYOUT_FILES and may_be_layout(patch.files)
    ][:LAYOUTS]
    name = str(repo.path)
    met = {p.commit.sha: _SAME.get((name, p.commit.sha)) for p in likely}
    known = {sha: same for sha, same in met.items() if same is not None}
    known |= repo.known(_IS_LAYOUT, [sha for sha in met if sha not in known])
    found = _compared(repo, [patch for patch in likely if patch.commit.sha not in known])
    repo.know(_IS_LAYOUT, found)
    for sha, same in (known | found).items():
        _SAME.put((name, sha), same, _BYTES)
    return frozenset(sha for sha, same in (known | found).items() if same)


def _compared(repo: Repo, patches: Iterable[Patch]) -> dict[str, bool]:
    """Whether each leaves the programs the same; nothing where there is no time to tell."""
    pairs = {patch.commit.sha: list(_sides(patch)) for patch in patches}
    try:
        texts = repo.texts_at([side for many in pairs.values() for two in many for side in two])
    except TooSlow:
        return {}
    return {sha: _same(many, texts) for sha, many in pairs.items()}


def _sides(patch: Patch) -> Iterable[tuple[tuple[str, str], tuple[str, str]]]:
    before = f"{patch.commit.parents[0]}"
    for file in patch.files:
        yield (before, file.old_path), (patch.commit.sha, file.path)


def _same(
    many: Sequence[tuple[tuple[str, str], tuple[str, str]]], texts: Mapping[tuple[str, str], str]
) -> bool:
    return bool(many) and all(
        old in texts and new in texts and same_program(new[1], texts[old], texts[new])
        for old, new in many
    )
