"""Account: tells who stands behind the commits that pages show, and what the policy says of them.

Gather (rows), look (git, no transaction open), write (rows). May run as often as it likes: what a
pull request or a review changes is dropped where they are kept, and told anew here.
"""

from sqlmodel import Session

from correlator.code.mirrors import mirror_directory
from correlator.errors import Permanent
from correlator.gate import Facts
from correlator.gate.standing import Arrival, deployed_changes, stand
from correlator.gate.told import facts_of
from correlator.steps import step
from correlator.store import standings
from correlator.store.pull_requests import brought_in_full, pulls_of, reviews_of
from correlator.store.session import reading, transaction
from correlator.store.tables import RepoRow, TroubleRow
from correlator.store.trouble import keep_trouble, resolve_trouble
from correlator.types import Next
from correlator.world import World

AT_ONCE = 500


@step("account")
def account(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Account for the commits of these repositories that wait for it, some hundreds at a time."""
    follow: list[Next] = []
    for repo_id in ids:
        directory = mirror_directory(world.settings.mirrors, repo_id)
        with reading(world.engine) as session:
            repo = session.get(RepoRow, repo_id)
            if repo is None or not directory.exists():
                continue
            facts, arrivals = _known(session, repo)
        deployed = deployed_changes(directory, arrivals)
        with reading(world.engine) as session:
            shas = standings.unaccounted(session, repo_id, deployed, AT_ONCE)
            shas = list(dict.fromkeys([*standings.waiting(session, repo_id, AT_ONCE), *shas]))
        if not shas:
            continue
        brought = frozenset(deployed)
        try:
            found = stand(directory, shas, facts, arrivals)
        except Permanent as fault:
            _give_up(world, repo_id, str(fault))
            continue
        with transaction(world.engine) as session:
            resolve_trouble(session, "account", repo_id, world.now())
            for sha in shas:
                # A bare merge, or a commit that is gone, is told too: else it would wait for ever.
                body = found.get(sha, {})
                body |= {"is_brought": bool(body.get("deployed_at")) and sha in brought}
                standings.keep_standing(session, (repo_id, sha), body, world.now())
        follow += [Next("account", (repo_id,))] if len(shas) >= AT_ONCE else []
    return follow


def _give_up(world: World, repo_id: int, reason: str) -> None:
    """Say so where somebody looks; until it is resolved the sweep leaves the repository alone."""
    trouble = TroubleRow(step="account", subject_id=repo_id, reason=reason, at=world.now())
    with transaction(world.engine) as session:
        keep_trouble(session, trouble)


def _known(session: Session, repo: RepoRow) -> tuple[Facts, list[Arrival]]:
    projects = standings.projects_of(session, repo.id or 0)
    facts = facts_of(
        (repo.name, repo.url),
        pulls_of(session, projects),
        reviews_of(session, projects),
        brought_in_full(session, projects),
    )
    return facts, [Arrival(*one) for one in standings.deploys_of(session, projects)]
