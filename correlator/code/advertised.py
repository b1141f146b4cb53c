"""The refs that a repository offers: which of them we keep, and which branch is its default."""

from collections.abc import Mapping
from dataclasses import dataclass

# Entire's branch backend (entire/checkpoints/v1) lies under heads, its ref backend under entire.
# git-ai pointed refs at blobs, one a commit, before it wrote notes.
KEPT = (
    "refs/heads/*",
    "refs/tags/*",
    "refs/notes/*",
    "refs/entire/*",
    "refs/ai/authorship/*",
    "refs/pull/*/head",
    "refs/merge-requests/*/head",
)
_WHOLE = tuple(kept.removesuffix("*") for kept in KEPT if kept.endswith("/*"))
_LONGEST_BRANCH = 250


@dataclass(frozen=True, slots=True)
class Advertised:
    """What the other side has: its default branch, and the objects of the refs that we keep."""

    branch: str | None
    refs: Mapping[str, str]


def read_advertised(said: bytes) -> Advertised:
    """Read what ``git ls-remote --symref`` printed."""
    refs, head, points_to = dict[str, str](), "", None
    for line in said.decode("utf-8", "replace").splitlines():
        left, _, name = line.partition("\t")
        if name == "HEAD" and left.startswith("ref: "):
            points_to = left.removeprefix("ref: ")
        elif name == "HEAD":
            head = left
        elif _is_kept(name):
            refs[name] = left
    return Advertised(_default_branch(points_to, head, refs), refs)


def read_refs(listed: bytes) -> dict[str, str]:
    """Read lines of ``<object> <ref>``, as ``git for-each-ref`` printed them."""
    pairs = (line.partition(" ") for line in listed.decode("utf-8", "replace").splitlines())
    return {name: sha for sha, _, name in pairs}


def has_code(refs: Mapping[str, str]) -> bool:
    """Whether there is anything but notes and the like."""
    return any(name.startswith(("refs/heads/", "refs/tags/")) for name in refs)


def _default_branch(points_to: str | None, head: str, refs: Mapping[str, str]) -> str | None:
    """HEAD's branch; where the server does not say, a usual name, or one at the same commit."""
    same = [
        name for name, sha in sorted(refs.items()) if sha == head and name.startswith("refs/heads/")
    ]
    usual = [name for name in ("refs/heads/main", "refs/heads/master") if name in refs]
    likely = [name for name in usual if name in same] + same + usual
    chosen = points_to if points_to in refs else next(iter(likely), None)
    branch = (chosen or "").removeprefix("refs/heads/")
    return branch if 0 < len(branch) <= _LONGEST_BRANCH else None


def _is_kept(name: str) -> bool:
    if name.endswith("^{}"):
        return False
    parts = name.split("/")
    if name.startswith(("refs/pull/", "refs/merge-requests/")):
        return parts[-1] == "head" and len(parts) >= 4
    return name.startswith(_WHOLE)
