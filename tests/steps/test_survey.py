"""Survey: a repository's commits and lines kept with who or what wrote them, only news judged."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from correlator.code.mirrors import mirror_directory
from correlator.steps import drain, run
from correlator.store.code import survey_turns
from correlator.store.code.repos import add_repo, link_repo, remove_repo
from correlator.store.code.standings import forget_standings
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    PullRequestRow,
    ReviewRow,
    RulingRow,
    SurveyedLabelRow,
    SurveyedRow,
    SurveyRow,
    SurvivingRow,
)
from correlator.types import Next, PullRequest
from correlator.world import World
from tests.deliveries import AT, a_project_id, deliver_deploy
from tests.gitrepo import GitRepo

AGENT = "Co-Authored-By: Claude <noreply@anthropic.com>"
ROBOT = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"
OWNERS = "* @acme/core\n/billing/ @acme/money\n"
POLICY = '[[untouchable]]\nname = "hands off"\npaths = ["/billing/"]\nprovenance = ["ai"]\n'


def a_note(sha: str, path: str, lines: str) -> str:
    """A git-ai note that gives these lines of a file to an agent."""
    session = "s_0123456789abcd"
    record = {"agent_id": {"tool": "cursor", "id": "c1", "model": "gpt-5.5"}}
    meta = {"schema_version": "authorship/3.0.0", "git_ai_version": "1.6.22",
            "base_commit_sha": sha, "sessions": {session: record}}  # fmt: skip
    return f"{path}\n  {session}::t_fedcba98765432 {lines}\n---\n{json.dumps(meta)}"


class Site:
    """A project with a mirrored repository: one person's commit, an agent's, a robot's."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.project = a_project_id(world)
        self.git = GitRepo(directory / "shop")
        self.first = self.git.commit(
            "Begin", {"CODEOWNERS": OWNERS, ".correlator.toml": POLICY, "web/a.py": "a\nb\n"}
        )
        self.agents = self.git.commit("Sum", {"billing/tax/sum.py": "1\n2\n3\n"}, body=AGENT)
        self.robots = self.git.commit("Bump", {"lock.txt": "x\n"}, who=ROBOT)
        with transaction(world.engine) as session:
            row = add_repo(session, "acme/shop", str(self.git.path), None, AT)
            row.fetched_at = AT
            self.repo = row.id or 0
            link_repo(session, self.project, self.repo)
        self.mirror = mirror_directory(world.settings.mirrors, self.repo)
        self.mirror.parent.mkdir(parents=True, exist_ok=True)
        self.git.run("clone", "--quiet", "--mirror", str(self.git.path), str(self.mirror))

    def fetch(self) -> None:
        """The mirror gets what is new, as a fetch would bring it."""
        self.git.run(
            "-C", str(self.mirror), "fetch", "--quiet", "--prune", "origin", "+refs/*:refs/*"
        )
        with transaction(self.world.engine) as session:
            survey_turns.mark_due(session, [self.repo])

    def survey(self) -> int:
        return drain(self.world, Next("survey", (self.repo,)))

    def commits(self) -> dict[str, SurveyedRow]:
        with reading(self.world.engine) as session:
            return {row.sha: row for row in session.exec(select(SurveyedRow))}

    def labels(self, sha: str, kind: str) -> dict[str, int]:
        wanted = (
            sa.select(col(SurveyedLabelRow.value), col(SurveyedLabelRow.lines))
            .join(SurveyedRow, col(SurveyedRow.id) == col(SurveyedLabelRow.surveyed_id))
            .where(col(SurveyedRow.sha) == sha, col(SurveyedLabelRow.kind) == kind)
        )
        with reading(self.world.engine) as session:
            return {value: lines for value, lines in session.execute(wanted)}

    def lines(self) -> dict[tuple[str, str], int]:
        with reading(self.world.engine) as session:
            rows = session.exec(select(SurvivingRow)).all()
        found: dict[tuple[str, str], int] = {}
        for row in rows:
            found[row.directory, row.author] = found.get((row.directory, row.author), 0) + row.lines
        return found

    def row(self) -> SurveyRow:
        with reading(self.world.engine) as session:
            return session.exec(select(SurveyRow)).one()


@pytest.fixture
def site(world: World, tmp_path: Path) -> Site:
    return Site(world, tmp_path)


def test_every_commit_is_kept_with_who_wrote_it_where_and_whose_code_it_is(site: Site) -> None:
    site.survey()
    found = site.commits()
    assert {sha: row.author for sha, row in found.items()} == {
        site.first: "unknown",
        site.agents: "ai",
        site.robots: "automation",
    }
    assert found[site.agents].month == "2026-01"
    assert found[site.agents].week == "2026-01-05"
    assert found[site.agents].accountable == "Alice Example <alice@example.org>"
    assert site.labels(site.agents, "tool") == {"claude": 0}
    assert site.labels(site.agents, "team") == {"@acme/money": 0}
    assert site.labels(site.agents, "directory") == {"billing": 3, "billing/tax": 3}
    assert site.labels(site.first, "directory") == {".": 6, "web": 2}
    assert site.row().state == "done"


def test_lines_that_a_commit_changed_are_those_added_and_those_removed_and_a_move_is_none(
    site: Site,
) -> None:
    body = "".join(f"line {number}\n" for number in range(40))
    wrote = site.git.commit("Write", {"web/b.py": body})
    cut = site.git.commit("Cut", {"web/b.py": body.replace("line 3\n", "").replace("line 4", "4")})
    # With one line changed while it moved.
    moved = site.git.commit("Move", {"web/b.py": None, "web/c.py": body.replace("line 3\n", "")})
    site.git.branch("aside", wrote)
    site.git.commit("Aside", {"web/d.py": "1\n2\n"})
    site.git.branch("main")
    merge = site.git.merge("aside")
    site.fetch()
    site.survey()
    changed = {sha: row.changed for sha, row in site.commits().items()}
    assert changed[wrote] == 40
    assert (changed[cut], changed[moved], changed[merge]) == (3, 2, 0)


def test_the_lines_that_are_left_are_kept_by_directory_and_answer(site: Site) -> None:
    site.survey()
    assert site.lines() == {
        (".", "unknown"): 6, ("web", "unknown"): 2,
        ("billing/tax", "ai"): 3, (".", "automation"): 1,
    }  # fmt: skip
    site.git.commit("Shorter", {"billing/tax/sum.py": "1\n"})
    site.fetch()
    site.survey()
    assert site.lines()["billing/tax", "ai"] == 1


def test_a_second_survey_judges_and_writes_nothing(site: Site) -> None:
    site.survey()
    before = {sha: row.id for sha, row in site.commits().items()}
    site.survey()
    assert {sha: row.id for sha, row in site.commits().items()} == before


def test_only_new_commits_are_judged(site: Site) -> None:
    site.survey()
    before = {sha: row.id for sha, row in site.commits().items()}
    new = site.git.commit("More", {"web/b.py": "c\n"}, body=AGENT)
    site.fetch()
    site.survey()
    after = {sha: row.id for sha, row in site.commits().items()}
    assert set(after) == {*before, new}
    assert {sha: after[sha] for sha in before} == before


def test_a_note_that_comes_after_its_commit_changes_the_answer(site: Site) -> None:
    site.survey()
    site.git.note(site.first, a_note(site.first, "web/a.py", "1-2"), "refs/notes/ai")
    site.fetch()
    site.survey()
    row = site.commits()[site.first]
    assert (row.author, row.level) == ("ai", "line")
    assert site.labels(site.first, "mechanism") == {"git-ai": 0}
    assert site.lines()["web", "ai"] == 2


def test_other_owners_in_codeowners_are_the_teams_of_old_commits_too(site: Site) -> None:
    site.survey()
    site.git.commit("Ours", {"CODEOWNERS": "* @acme/all\n"})
    site.fetch()
    site.survey()
    assert site.labels(site.agents, "team") == {"@acme/all": 0}


def test_commits_that_a_rewritten_branch_lost_are_forgotten(site: Site) -> None:
    site.survey()
    site.git.run("reset", "--quiet", "--hard", site.agents)
    site.fetch()
    site.survey()
    assert set(site.commits()) == {site.first, site.agents}


def test_a_review_that_comes_in_later_changes_who_signed_off(site: Site) -> None:
    site.git.commit("Squashed (#7)", {"web/c.py": "1\n"}, body=AGENT)
    site.fetch()
    site.survey()
    [squashed] = [row for row in site.commits().values() if row.number == 7]
    assert squashed.review == "untold"
    pull = {"project_id": site.project, "forge": "github", "repository": "acme/shop", "number": 7,
            "updated_at": AT, "state": "merged", "head": squashed.sha, "in_full": True,
            "merge_commits": [squashed.sha]}  # fmt: skip
    given = {"project_id": site.project, "forge": "github", "repository": "acme/shop",
             "number": 7, "key": "1", "opinion": "approved", "said_at": AT, "changed_at": AT,
             "commit": squashed.sha,
             "reviewer": {"login": "coderabbitai", "is_machine": True}}  # fmt: skip
    told = PullRequest(forge="github", repository="acme/shop", number=7, updated_at=AT,
                       state="merged", merge_commits=(squashed.sha,))  # fmt: skip
    with transaction(site.world.engine) as session:
        session.add(PullRequestRow(**pull))
        session.add(ReviewRow(**given))
        forget_standings(session, site.project, told)
    site.survey()
    assert site.commits()[squashed.sha].review == "machine"


def test_a_record_that_cannot_be_read_is_named(site: Site) -> None:
    site.git.note(site.first, "web/a.py\n  s_0 1-2\n", "refs/notes/ai")
    site.fetch()
    site.survey()
    [told] = site.row().unread
    assert told["sha"] == site.first
    assert "refs/notes/ai" in told["where"]


def test_the_policy_in_force_is_kept_in_words_or_with_its_fault(site: Site) -> None:
    site.survey()
    policy = site.row().policy
    assert [rule["words"] for rule in policy["rules"]] == [
        "AI-written changes to /billing/ are not allowed."
    ]
    site.git.commit("Odd", {".correlator.toml": "[[untouchable]]\nnme = 1\n"})
    site.fetch()
    site.survey()
    assert "'nme'" in site.row().policy["problem"]


def test_while_one_repository_is_surveyed_no_other_is_begun(site: Site) -> None:
    with transaction(site.world.engine) as session:
        other = add_repo(session, "acme/other", str(site.git.path), None, AT)
        assert survey_turns.lease(session, other.id or 0, site.world.now(), 60) is not None
    assert run(site.world, Next("survey", (site.repo,))) == []
    assert site.commits() == {}


def test_every_change_that_a_deploy_brought_is_judged_by_the_policy(site: Site) -> None:
    for revision in (site.first, site.robots):
        deliver_deploy(site.world, site.project, revision=revision, release=revision[:7])
    drain(site.world, Next("digest"))
    site.survey()
    with reading(site.world.engine) as session:
        rulings = session.exec(select(RulingRow)).all()
    assert [(one.rule, one.outcome) for one in rulings] == [("hands off", "broken")]


def test_a_removed_repository_takes_its_survey_along(site: Site) -> None:
    site.survey()
    with transaction(site.world.engine) as session:
        remove_repo(session, site.repo)
    assert site.commits() == {}
