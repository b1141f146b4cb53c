"""What kind of deploy it was, told from what it has against what was deployed before.

By ancestry, never by version numbers or clocks: a release may be called anything.
"""

from enum import StrEnum


class DeployKind(StrEnum):
    """Against the one before it on its line, by what was deployed."""

    FIRST = "first"
    FORWARD = "forward"
    ROLL_BACK = "roll-back"
    HOTFIX = "hotfix"
    RE_RUN = "re-run"
    UNKNOWN = "unknown"


# Those that brought something else than was there: what DORA counts.
FULL_KINDS = frozenset(DeployKind) - {DeployKind.RE_RUN}


def kind_of(*, brought: int, taken: int, lost: int, was_deployed: bool) -> tuple[DeployKind, str]:
    """The kind and why. ``brought``, ``taken``: commits that it has and the one before lacks, and
    the other way round; ``lost``: those taken that it does not have as another commit either
    (picked onto a release branch). ``was_deployed``: the line had the very same revision before.

    What lacks as much as it brings comes from an old branch. Where release branches are deployed
    one after the other each lacks a few commits of the last one's own, which makes no hotfix.
    """
    if not brought and not taken:
        return DeployKind.RE_RUN, "It is the revision that was deployed already."
    if not taken:
        return DeployKind.FORWARD, f"It has all that was deployed, and {_commits(brought)} more."
    lacks = f"It lacks {_commits(taken)} that were deployed"
    if not brought:
        return DeployKind.ROLL_BACK, f"{lacks}, and has nothing new."
    if was_deployed:
        return DeployKind.ROLL_BACK, f"{lacks}; the line had this very revision before."
    if not lost:
        said = f"It has all that was deployed, {_commits(taken)} of it as other commits"
        return DeployKind.FORWARD, f"{said}; {brought} are not the same."
    if lost >= brought:
        return DeployKind.HOTFIX, f"{lacks}, and has {_commits(brought)} that were not."
    said = f"It has {_commits(brought)} that were not deployed, and lacks {lost} that were"
    return DeployKind.FORWARD, f"{said}: another branch, not an old one."


def _commits(count: int) -> str:
    return f"{count} commit{'' if count == 1 else 's'}"
