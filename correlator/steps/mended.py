"""Mended: sees in a mirror that was just fetched which issues its newest commits speak of.

It only says whose course is to be told anew; what a commit means for them, ``follow_up`` finds.
"""

from datetime import timedelta

from correlator.code.lineage import commits_since
from correlator.code.mending import mended_in
from correlator.code.mirrors import mirror_directory
from correlator.provenance.merged import all_reverted_in
from correlator.steps import in_hundreds, step
from correlator.store.cycles.due import named_issues, suspecting
from correlator.store.session import reading
from correlator.types import Next
from correlator.world import World

# A branch may be pushed long after its commits were made.
NEWEST = timedelta(days=14)


@step("mended")
def mended(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Look at the newest commits of these repositories."""
    concerned: set[int] = set()
    for repo_id in ids:
        path = mirror_directory(world.settings.mirrors, repo_id)
        if not path.exists():
            continue
        commits = commits_since(path, world.now() - NEWEST, world.settings.git_timeout)
        base = world.settings.base_url
        names = {name for one in commits for name in mended_in(one.message, base)}
        back = {sha for one in commits for sha in all_reverted_in(one.message)}
        with reading(world.engine) as session:
            concerned |= set(named_issues(session, None, names))
            concerned |= set(suspecting(session, back))
    return in_hundreds("follow_up", list(concerned))
