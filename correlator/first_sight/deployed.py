"""The code that was deployed when an issue was first seen: its mirror, and the revisions."""

from dataclasses import dataclass

from correlator.code.lookups import GitLookup
from correlator.code.mirrors import mirror_directory
from correlator.code.patch_upkeep import patches_beside
from correlator.code.releases import NoLookup, resolve, why_unresolved
from correlator.code.repo import Repo
from correlator.first_sight.rows import FirstSight, Place
from correlator.store.code.blames import KeptBlames
from correlator.types import Abstention, Revision
from correlator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mirror that holds the deployed revision, and what was deployed before it."""

    place: Place
    repo: Repo
    revision: Revision
    previous: str | None
    previous_release: str | None


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why there is no code to look at. ``stale``: a repository that a fetch may mend."""

    reason: Abstention
    because: str
    revision: Revision | None = None
    stale: int | None = None


def find_code(world: World, sight: FirstSight) -> Found | NotFound:
    """The first of the project's repositories that holds the deployed revision, or why none."""
    if not sight.places:
        return NotFound(
            Abstention.NO_REPOSITORY,
            "The project has no repository. Add it: correlator repo add NAME URL --project PROJECT",
        )
    misses = []
    for place in sight.places:
        seen = _find_in(world, sight, place)
        if isinstance(seen, Found):
            return seen
        misses.append(seen)
    # The miss that came furthest says most: a revision that is known but not there yet.
    return max(misses, key=lambda miss: (miss.revision is not None, miss.stale is not None))


def _find_in(world: World, sight: FirstSight, place: Place) -> Found | NotFound:
    row = place.row
    directory = mirror_directory(world.settings.mirrors, row.id or 0)
    if not directory.exists():
        why = row.problem or "It has not been fetched yet."
        return NotFound(
            Abstention.REPOSITORY_UNAVAILABLE,
            f"Repository {row.name!r} cannot be read: {why}",
            resolve(sight.release or "", markers=sight.markers, lookup=NoLookup()),
            row.id,
        )
    lookup = GitLookup(directory, world.settings.git_timeout)
    revision = resolve(sight.release or "", markers=sight.markers, lookup=lookup)
    if revision is None:
        because = why_unresolved(sight.release, lookup)
        return NotFound(Abstention.NO_REVISION, because)
    repo = Repo(
        directory,
        timeout=world.settings.git_timeout,
        blames=KeptBlames(world.engine, row.id or 0),
        patches=patches_beside(directory),
    )
    if not repo.has(revision.sha):
        because = (
            f"Release {sight.release!r} is revision {revision.sha[:12]} ({revision.because}),"
            f" which repository {row.name!r} does not hold. Was it pushed, and to that one?"
        )
        return NotFound(Abstention.REVISION_NOT_IN_REPOSITORY, because, revision, row.id)
    previous, previous_release = _previous(sight, lookup, repo, revision.sha)
    return Found(
        place=place,
        repo=repo,
        revision=revision,
        previous=previous,
        previous_release=previous_release,
    )


def _previous(
    sight: FirstSight, lookup: GitLookup, repo: Repo, deployed: str
) -> tuple[str | None, str | None]:
    """Revision and release of the newest deploy before, of something else than what is deployed."""
    for before in sight.before:
        said = {
            **sight.markers,
            **({before.release: before.revision} if before.revision else {}),
        }
        revision = resolve(before.release, markers=said, lookup=lookup)
        if revision and revision.sha != deployed and repo.has(revision.sha):
            return revision.sha, before.release
    return None, None
