"""Survey: who or what wrote a repository's commits and the lines that are left, kept for pages.

Only what is new is judged, and what was judged from records that have changed since. A slice does
some batches and hands on, so that nobody's queue waits for a large repository; git is asked with
no transaction open, and rows are written a few hundred at a time.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from correlator.code.contents import single
from correlator.code.mirrors import mirror_directory
from correlator.code.news import annotated, branch_head, reachable, record_refs
from correlator.code.repo import Repo
from correlator.code.surviving import Tree, surviving
from correlator.errors import Permanent
from correlator.gate import Facts
from correlator.gate.surveying import Asked, Rules, lines_left, rules_at, survey_commits
from correlator.investigation.surviving import judge_tree
from correlator.policy import FILE
from correlator.policy.words import in_words
from correlator.provenance import Problem
from correlator.steps import step
from correlator.store.code import survey_turns, surveys, surviving_lines
from correlator.store.code.claims import claims_as
from correlator.store.code.told import told_of
from correlator.store.session import reading, transaction
from correlator.store.tables import RepoRow, SurveyRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.types import LinesLeft, Next, Surveyed
from correlator.world import World

BATCH = 2000
WRITTEN_AT_ONCE = 500
SLICE_SECONDS = 30.0
# A dead worker's claim: longer than any one batch, or one tree's blame, may go without a word.
CLAIM_SECONDS = 900.0
TOLD_SECONDS = 3.0
GIT_SECONDS = 600.0
# Records come days after their commits; older ones are looked at again with everything.
NEWEST = 1000
FULL_AGAIN = timedelta(days=1)
AROUND = 5000


@dataclass
class _Survey:
    """One slice of one repository's survey, under our claim."""

    world: World
    repo: RepoRow
    row: SurveyRow
    path: Path
    head: str
    rules: Rules
    facts: Facts
    began: float = field(default_factory=time.monotonic)

    @property
    def repo_id(self) -> int:
        """The repository's number."""
        return self.row.repo_id

    def tell(self, **values: Any) -> None:
        """Note how far we are, and that we live."""
        until = self.world.now() + timedelta(seconds=CLAIM_SECONDS)
        with transaction(self.world.engine) as session:
            survey_turns.record(session, self.repo_id, {"leased_until": until, **values})

    @property
    def is_long(self) -> bool:
        """Whether it is time to let others have their turn."""
        return time.monotonic() - self.began > SLICE_SECONDS


@step("survey")
def survey(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Survey these repositories, a slice of each."""
    return [follow for repo_id in ids for follow in _survey(world, repo_id)]


def _survey(world: World, repo_id: int) -> list[Next]:
    with transaction(world.engine) as session:
        row = survey_turns.lease(session, repo_id, world.now(), CLAIM_SECONDS)
        repo = session.get(RepoRow, repo_id)
    if row is None or repo is None:
        return []
    path = mirror_directory(world.settings.mirrors, repo_id)
    done: dict[str, Any] = {"leased_until": None}
    try:
        head = branch_head(path) if path.exists() else None
        if head is None:
            done |= {"state": "done", "head": None, "finished_at": world.now()}
            return []
        facts = _facts(world, repo)
        rules = rules_at(path, head, GIT_SECONDS)
        one = _Survey(world, repo, row, path, head, rules, facts)
        if not _survey_commits(one):
            return [Next("survey", (repo_id,))]
        _survey_lines(one)
        done |= {"state": "done", "finished_at": world.now()}
        with transaction(world.engine) as session:
            resolve_trouble(session, "survey", repo_id, world.now())
        return [Next("account", (repo_id,))]
    except Permanent as fault:
        _give_up(world, repo_id, str(fault))
        return []
    finally:
        with transaction(world.engine) as session:
            survey_turns.record(session, repo_id, done)


def _give_up(world: World, repo_id: int, reason: str) -> None:
    """Say so where somebody looks; until it is resolved the sweep leaves the repository alone."""
    trouble = TroubleRow(step="survey", subject_id=repo_id, reason=reason, at=world.now())
    with transaction(world.engine) as session:
        keep_trouble(session, trouble)


def _facts(world: World, repo: RepoRow) -> Facts:
    with reading(world.engine) as session:
        told = told_of(session, repo)
    return Facts(told.pulls, told.reviews, told.reviewed, told.works)


def _survey_commits(one: _Survey) -> bool:
    """Judge what is new and what is stale; False if some of it is left for the next slice."""
    _look_for_news(one)
    every = reachable(one.path, one.head, GIT_SECONDS)
    with reading(one.world.engine) as session:
        known, stale = surveys.known_commits(session, one.repo_id)
    _forget(one, known - set(every))
    here = known.intersection(every)
    todo = [sha for sha in every if sha not in known] + [sha for sha in stale if sha in here]
    around = Repo(one.path, timeout=GIT_SECONDS).newest(AROUND) if len(todo) < BATCH else ()
    asked = Asked(one.path, one.head, one.rules, one.facts, around)
    left = len(todo)
    one.tell(state="commits", total=len(every), done=len(every) - left)
    for at in range(0, len(todo), BATCH):
        batch = single(one.path, todo[at : at + BATCH], GIT_SECONDS)
        unread = _judge(one, asked, batch)
        left -= len(todo[at : at + BATCH])
        one.tell(done=len(every) - left, lines_head=None, unread=unread)
        if left and one.is_long:
            return False
    return True


def _judge(one: _Survey, asked: Asked, batch: Sequence[Any]) -> list[dict[str, str]]:
    """Judge and keep a batch; the records that could not be read, with those known before."""
    again = {commit.sha for commit in batch}
    unread = [told for told in one.row.unread if told.get("sha") not in again]
    stream = survey_commits(asked, batch)
    stored = claims_as(one.world.settings.keep_prompts)
    while part := list(islice(stream, WRITTEN_AT_ONCE)):
        with transaction(one.world.engine) as session:
            surveys.keep_commits(session, one.repo_id, [found for found, _ in part], stored)
        unread += [_unread(found, fault) for found, faults in part for fault in faults]
    one.row.unread = unread[: survey_turns.MOST_UNREAD]
    return one.row.unread


def _unread(found: Surveyed, fault: Problem) -> dict[str, str]:
    return {"sha": found.commit.sha, "where": fault.where[:300], "why": fault.why[:300]}


def _look_for_news(one: _Survey) -> None:
    """Mark as stale what was judged from records or rules that have changed since."""
    refs, row, now = record_refs(one.path), one.row, one.world.now()
    moved = {} if refs == row.refs else annotated(one.path, row.refs, refs, GIT_SECONDS)
    is_new = row.full_at is None
    is_full = is_new or one.rules.mark != row.rules
    if refs != row.refs and row.full_at is not None and now - row.full_at > FULL_AGAIN:
        is_full = True
    values: dict[str, Any] = {"head": one.head, "rules": one.rules.mark, "refs": refs}
    values["policy"] = _policy(one.rules, one.head)
    with transaction(one.world.engine) as session:
        if is_full and not is_new:
            surveys.mark_all_stale(session, one.repo_id)
        elif refs != row.refs:
            surveys.mark_newest_stale(session, one.repo_id, NEWEST)
            surveys.mark_stale(session, one.repo_id, moved)
        survey_turns.record(
            session, one.repo_id, {**values, **({"full_at": now} if is_full else {})}
        )


def _policy(rules: Rules, head: str) -> dict[str, Any]:
    """The policy in force, in words."""
    return {
        "path": FILE if rules.policy_text is not None else None,
        "revision": head,
        "problem": rules.problem,
        "owners": rules.owners_path,
        "text": (rules.policy_text or "")[:20_000],
        **in_words(rules.policy),
    }


def _forget(one: _Survey, gone: set[str]) -> None:
    shas = sorted(gone)
    for at in range(0, len(shas), WRITTEN_AT_ONCE):
        with transaction(one.world.engine) as session:
            surveys.forget_commits(session, one.repo_id, shas[at : at + WRITTEN_AT_ONCE])


def _survey_lines(one: _Survey) -> None:
    """Blame the tree anew as far as it changed, and write what differs from before."""
    with reading(one.world.engine) as session:
        row = survey_turns.survey_of(session, one.repo_id)
    if row is not None and row.lines_head == one.head:
        return
    one.tell(state="lines", done=0, total=0)
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told > TOLD_SECONDS:
            told = time.monotonic()
            one.tell(done=done, total=total)

    kept = one.world.settings.data_dir / "lines" / f"repository-{one.repo_id}.sqlite"
    runs = surviving(Tree(one.path, one.head, kept, GIT_SECONDS), tell)
    stretches = judge_tree(one.path, runs, one.head, GIT_SECONDS)
    found = lines_left(stretches, one.rules.owners)
    _write_lines(one, found)
    one.tell(lines_head=one.head)


def _write_lines(one: _Survey, found: dict[LinesLeft, int]) -> None:
    with reading(one.world.engine) as session:
        kept = surviving_lines.kept_lines(session, one.repo_id)
    gone = [row_id for key, (row_id, lines) in kept.items() if found.get(key) != lines]
    same = {key for key, (_, lines) in kept.items() if found.get(key) == lines}
    new = [(key, lines) for key, lines in found.items() if key not in same]
    for at in range(0, max(len(gone), len(new)), WRITTEN_AT_ONCE):
        until = at + WRITTEN_AT_ONCE
        with transaction(one.world.engine) as session:
            surviving_lines.change_lines(session, one.repo_id, gone[at:until], new[at:until])
