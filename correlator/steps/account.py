"""Account: tells who stands behind the commits that pages show, and what the policy says of them.

Gather (rows), look (git, no transaction open), write (rows). May run as often as it likes: what a
pull request or a review changes is dropped where they are kept, and told anew here.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from correlator.code.mirrors import mirror_directory
from correlator.errors import Permanent
from correlator.gate import Facts
from correlator.gate.standing import Arrival, Stood, deployed_changes, stand
from correlator.steps import step
from correlator.store.code import standings
from correlator.store.code.claims import claims_as
from correlator.store.code.told import told_of
from correlator.store.session import reading, transaction
from correlator.store.tables import RepoRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.store.verdicts.kept import keep_judged
from correlator.types import Next, Provenance
from correlator.world import World

AT_ONCE = 500
# Mechanisms that forges and services tell of, beside the repository.
TOLD = ("pull_request", "seer")


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
                body = _body(found[sha], sha in brought) if sha in found else {}
                standings.keep_standing(session, (repo_id, sha), body, world.now())
            told = claims_as(world.settings.keep_prompts)
            keep_judged(session, repo_id, _told_since(found), told)
        follow += [Next("account", (repo_id,))] if len(shas) >= AT_ONCE else []
    return follow


def _body(stood: Stood, is_deployed: bool) -> dict[str, Any]:
    return {**stood.body, "is_brought": bool(stood.body.get("deployed_at")) and is_deployed}


def _told_since(found: Mapping[str, Stood]) -> dict[str, Provenance]:
    """Answers that rest on what was told of pull requests: a verdict was given without."""
    return {
        sha: one.provenance
        for sha, one in found.items()
        if any(claim.mechanism in TOLD for claim in one.provenance.claims)
    }


def _give_up(world: World, repo_id: int, reason: str) -> None:
    """Say so where somebody looks; until it is resolved the sweep leaves the repository alone."""
    trouble = TroubleRow(step="account", subject_id=repo_id, reason=reason, at=world.now())
    with transaction(world.engine) as session:
        keep_trouble(session, trouble)


def _known(session: Session, repo: RepoRow) -> tuple[Facts, list[Arrival]]:
    told = told_of(session, repo)
    arrivals = standings.deploys_of(session, standings.projects_of(session, repo.id or 0))
    facts = Facts(told.pulls, told.reviews, told.reviewed, told.works)
    return facts, [Arrival(*one) for one in arrivals]
