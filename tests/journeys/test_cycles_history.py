"""A scripted history of 52 issues: what became of each fix, told from what production showed.

Every service has one issue and a file of its own in one repository. ``TOLD`` is what is to come
out: each episode with the states of its attempts; ``*`` marks a roll-back, ``|`` the next episode.
Failures come every eighth hour, so that a day and a half of quiet after two days is enough, or
every second hour where a case is told by its first hours: there seven are.
"""

from collections.abc import Callable

import pytest

from correlator.settings import Settings
from correlator.store.migrate import migrate
from correlator.store.session import open_engine, reading
from correlator.store.verdicts.labels import held_fixes
from correlator.world import World
from tests.gitrepo import GitRepo
from tests.journeys.cycles_town import Case, Town, at

# The whole history is played before the first test: half a minute, and more on a busy machine.
pytestmark = pytest.mark.timeout(600)

NOW = 400
# Of those that are judged by their first hours: ten hours, three more than are needed.
LATE = NOW - 10
STEADY = tuple(range(1, 48, 8))

# The state of the newest attempt; in words, what the case is.
TOLD = {
    "named": ("held", "a message names the issue, in GitHub's words"),
    "named_lower": ("held", "the verb and the name in another case, after a colon"),
    "named_list": ("held", "one message mends several"),
    "by_address": ("held", "the address of the issue's page"),
    "reverted": ("held", "the culprit is reverted: the verdict's culprit, nobody names the issue"),
    "rolled_back": ("held*", "the release before goes out again"),
    "again": ("came back → held", "two cycles"),
    "third_time": ("came back → came back → held", "three cycles"),
    "four": ("came back → came back → came back → held", "four cycles"),
    "still": ("came back", "open: at least one cycle"),
    "never": ("never deployed", "the fix is on a branch"),
    "unknown_fix": ("no attempt", "nobody did anything"),
    "early": ("too early", "rolled out two hours ago"),
    "reduced": ("reduced", "it fails less often, but still"),
    "superseded": ("superseded → held", "the next fix came an hour later"),
    "taken_back": ("superseded", "the fix was taken back within an hour"),
    "rerun": ("held", "the same artefact was rolled out twice"),
    "straggler": ("held", "an old instance goes on failing"),
    "canary_bad": ("came back", "the canary of the fix fails before the roll-out"),
    "old_branch": ("held", "a customer's old branch still fails after the fix"),
    "hotfix": ("held", "cherry-picked onto the release's branch"),
    "late_marker": ("held", "deploy markers that arrive after all events"),
    "late_event": ("came back", "an event that arrives a day late speaks against the fix"),
    "clock_slow": ("came back", "an event of the fixed release, its clock an hour slow"),
    "clock_fast": ("held", "deploys' clock an hour fast"),
    "staging_only": ("never deployed", "the fix went to staging only"),
    "parallel": ("held", "staging goes on failing with the old release"),
    "regression": ("held|came back", "it held, and failed again a week later; the next fix failed"),
    "regression_held": ("held|held", "it held, came back, and was mended again"),
    "regression_open": ("held|no attempt", "it held and came back; nobody did anything"),
    "revert_of_fix": ("superseded", "the fix was reverted before it could be told"),
    "revert_of_revert": ("superseded → held", "the revert of the fix was itself reverted"),
    "reapplied": ("superseded → held", "the fix was reverted, then picked once more"),
    "squashed": ("held", "squashed with other work; only the branch names the issue"),
    "merged": ("held", "a merge commit brings the branch that names it"),
    "sentry_release": ("held", "Sentry: resolved in release"),
    "sentry_next": ("held", "Sentry: resolved in the next release"),
    "sentry_commit": ("held", "Sentry: resolved by commit"),
    "no_release": ("held", "events name no release: what was live sent them"),
    "unresolved": ("held", "some events name a release that nobody knows"),
    "burst": ("too early", "two storms of retries say little of how often it fails"),
    "given_up": ("held|no attempt", "the fix held, and was reverted a week later"),
    "given_up_and_back": ("held|held", "it held, was reverted, and the revert was reverted"),
    "stranger": ("held", "a release that nobody knows went out between the fix and its re-run"),
    "seen_early": ("held", "its canary failed before the roll-out"),
    "picked_revert": ("held", "the revert of the culprit, picked onto the release's branch"),
    "named_revert": ("held", "a revert of something else that says which issue it mends"),
    "tagged": ("held", "it names the issue, and the commit that it mends"),
    "tagged_only": ("held", "it names the commit that it mends alone: probable"),
    "two_reverts": ("held", "one message takes back two changes, the culprit second"),
    "quoted": ("superseded", "the revert of the fix quotes its name, and is no fix"),
    "forth_and_back": ("held* → came back", "rolled back, and forward again without mending"),
}


def named(case: Case) -> None:
    case.fix(48, "Fixes {issue}")


def named_lower(case: Case) -> None:
    case.fix(48, "this closed: {lower}.")


def named_list(case: Case) -> None:
    case.fix(48, "Resolves OTHER-77, {issue} and OTHER-78")


def by_address(case: Case) -> None:
    case.fix(48, "Fixed http://127.0.0.1:8320/issues/{id}")


def reverted(case: Case) -> None:
    case.fix(48, f"This reverts commit {case.bad}.", files="right")
    case.town.undone[case.service] = case.shas[2], case.bad


def rolled_back(case: Case) -> None:
    case.deploy(0, 48)


def again(case: Case) -> None:
    case.fix(48, "Fixes {issue}", fails=(49, 53))
    case.fix(60, "Fixes {issue}")


def third_time(case: Case) -> None:
    case.fix(48, "Fixes {issue}", fails=(49, 53))
    case.fix(60, "Fixes {issue}", fails=(61, 65))
    case.fix(70, "Fixes {issue}")


def four(case: Case) -> None:
    case.fix(48, "Fixes {issue}", fails=(49, 53))
    case.fix(60, "Fixes {issue}", fails=(61, 65))
    case.fix(70, "Fixes {issue}", fails=(71, 75))
    case.fix(80, "Fixes {issue}")


def still(case: Case) -> None:
    case.fix(NOW - 24, "Fixes {issue}", fails=tuple(range(NOW - 23, NOW, 8)))


def never(case: Case) -> None:
    case.git.branch(f"try-{case.service}", case.bad)
    case.commit(48, "Fixes {issue}")
    case.git.branch("main")


def unknown_fix(case: Case) -> None:
    pass


def early(case: Case) -> None:
    case.fix(NOW - 2, "Fixes {issue}")


def reduced(case: Case) -> None:
    case.fix(48, "Fixes {issue}", fails=(49, 200))


def superseded(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fix(49, "Fixes {issue}")


def taken_back(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.deploy(1, 49)


def rerun(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.deploy(2, 50)


def straggler(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fails(1, 49, 50, 53)


def canary_bad(case: Case) -> None:
    case.commit(LATE - 4, "Fixes {issue}")
    case.fails(2, LATE - 3)
    case.deploy(2, LATE)


def old_branch(case: Case) -> None:
    case.git.branch(f"old-{case.service}", case.bad)
    case.commit(30, "a customer's own")
    case.git.branch("main")
    case.fix(48, "Fixes {issue}")
    case.fails(2, 60, 90, 120)


def hotfix(case: Case) -> None:
    sha = case.commit(46, "Fixes {issue}")
    case.git.branch(f"release-{case.service}", case.bad)
    case.commit(47, f"(cherry picked from commit {sha})", files="right")
    case.git.branch("main")
    case.deploy(3, 48)


def late_marker(case: Case) -> None:
    case.commit(46, "Fixes {issue}")
    case.fails(1, 49)
    case.deploy(2, 48)


def late_event(case: Case) -> None:
    case.fix(LATE, "Fixes {issue}")


def clock_slow(case: Case) -> None:
    case.fix(LATE, "Fixes {issue}")
    case.fails(2, LATE - 1)


def clock_fast(case: Case) -> None:
    case.commit(46, "Fixes {issue}")
    case.deploy(2, 49)
    case.fails(1, 48)


def staging_only(case: Case) -> None:
    case.commit(46, "Fixes {issue}")
    case.deploy(2, 48, environment="staging")


def parallel(case: Case) -> None:
    case.deploy(1, 0, environment="staging")
    case.fix(48, "Fixes {issue}")
    case.fails(1, *range(50, 90, 8), environment="staging")


def regression(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fails(2, *range(NOW - 50, NOW - 24, 6))
    case.fix(NOW - 24, "Fixes {issue}", fails=tuple(range(NOW - 23, NOW, 8)))


def regression_held(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fails(2, *range(200, 220, 4))
    case.fix(220, "Fixes {issue}")


def regression_open(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fails(2, *range(200, 220, 4))


def revert_of_fix(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fix(49, f"This reverts commit {case.shas[2]}.", files="wrong")


def revert_of_revert(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fix(49, f"This reverts commit {case.shas[2]}.", files="wrong")
    case.fix(52, f"This reverts commit {case.shas[3]}.", files="right")


def reapplied(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fix(49, f"This reverts commit {case.shas[2]}.", files="wrong")
    case.fix(52, f"(cherry picked from commit {case.shas[2]})", files="right")


def squashed(case: Case) -> None:
    case.git.branch(f"work-{case.service}", case.bad)
    case.commit(40, "other work")
    sha = case.commit(41, "Fixes {issue}")
    case.git.branch("main")
    number = case.issue + 1000
    case.git.update_ref(f"refs/pull/{number}/head", sha)
    case.commit(46, "all of it", files="last", subject=f"Work on it (#{number})")
    case.git.run("branch", "-D", f"work-{case.service}")
    case.deploy(4, 48)


def merged(case: Case) -> None:
    case.git.branch(f"topic-{case.service}")
    case.commit(44, "Fixes {issue}")
    case.git.branch("main")
    case.shas.append(case.git.merge(f"topic-{case.service}", at=at(46)))
    case.deploy(3, 48)


def sentry_release(case: Case) -> None:
    case.fix(48, "no word of it")
    case.resolved({"inRelease": case.release(2)})


def sentry_next(case: Case) -> None:
    case.resolved({"inNextRelease": True}, hours=47)
    case.fix(48, "no word of it")


def sentry_commit(case: Case) -> None:
    case.fix(48, "no word of it")
    case.resolved({"inCommit": {"repository": "shop", "commit": case.shas[2]}})


def no_release(case: Case) -> None:
    case.fix(48, "Fixes {issue}")


def unresolved(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.town.fail(case.service, "nightly", 60, 70)


def burst(case: Case) -> None:
    case.fix(NOW - 20, "Fixes {issue}")


def given_up(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    undo = f"This reverts commit {case.shas[2]}."
    case.fix(200, undo, files="wrong", fails=(201, 209, 217, 225, 233))


def given_up_and_back(case: Case) -> None:
    given_up(case)
    case.fix(240, f"This reverts commit {case.shas[3]}.", files="right")


def forth_and_back(case: Case) -> None:
    case.deploy(0, 48)
    case.fix(NOW - 24, "Fixes {issue}", fails=tuple(range(NOW - 23, NOW, 8)))


def stranger(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.town.deploy(case.service, "nobody-knows", None, 50)
    case.deploy(2, 52)


def seen_early(case: Case) -> None:
    case.deploy(1, -3, stage="canary")
    case.fix(48, "Fixes {issue}")


def picked_revert(case: Case) -> None:
    sha = case.commit(46, f"This reverts commit {case.bad}.", files="right")
    case.git.branch(f"cut-{case.service}", case.bad)
    case.commit(47, f"This reverts commit {case.bad}.\n\n(cherry picked from commit {sha})")
    case.git.branch("main")
    case.deploy(3, 48)


def named_revert(case: Case) -> None:
    case.fix(48, f"This reverts commit {'e' * 40}." + "\n\nFixes {issue}")
    case.town.undone[case.service] = case.shas[2], "e" * 40


def tagged(case: Case) -> None:
    case.fix(48, "Fixes {issue}\n\nFixes: " + case.bad[:12])
    case.town.undone[case.service] = case.shas[2], case.bad


def tagged_only(case: Case) -> None:
    case.fix(48, f'Fixes: {case.bad[:12]} ("break it")')


def two_reverts(case: Case) -> None:
    undone = (f"This reverts commit {sha}." for sha in ("e" * 40, case.bad))
    case.fix(48, "\n\n".join(undone))


def quoted(case: Case) -> None:
    case.commit(46, "no word of it", subject=f"Fixes SHOP-{case.issue}")
    case.deploy(2, 48)
    case.commit(48.5, "by hand", files="wrong", subject=f'Revert "Fixes SHOP-{case.issue}"')
    case.deploy(3, 49)


def a_day_late(case: Case) -> None:
    assert case.town.told(case.service) == ["held"]
    case.fails(2, LATE + 2)


CASES: dict[str, Callable[[Case], None]] = {
    name: play for name, play in list(globals().items()) if name in TOLD
}
# Failures of the broken release, where they are not steady; None: without a release.
BEGAN = {
    "burst": (1, 25),
    "unknown_fix": tuple(range(1, 90, 8)),
    "seen_early": (-1, *STEADY),
    "reduced": tuple(range(1, 48, 2)),
    "still": tuple(range(NOW - 71, NOW - 24, 8)),
    **dict.fromkeys(("canary_bad", "late_event", "clock_slow"), tuple(range(LATE - 47, LATE, 2))),
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The whole history, played once, and what came of it."""
    place = tmp_path_factory.mktemp("town")
    settings = Settings(
        data_dir=place / "data",
        database_url=f"sqlite:///{place}/town.sqlite",
        allowed_repository_paths=(place,),
    )
    settings.data_dir.mkdir()
    engine = open_engine(settings.database)
    migrate(engine)
    made = Town(World(settings=settings, engine=engine), GitRepo(place / "repo"))
    made.found()
    made.play(CASES, {"late_event": a_day_late}, BEGAN, STEADY, NOW)
    return made


@pytest.mark.parametrize("name", TOLD)
def test_what_became_of_each_fix_is_what_the_table_says(town: Town, name: str) -> None:
    assert "|".join(town.told(name)) == TOLD[name][0], TOLD[name][1]


def test_there_are_at_least_forty_issues_and_each_was_followed(town: Town) -> None:
    assert len(town.issues()) == len(TOLD) >= 40


def test_a_second_look_changes_nothing(town: Town) -> None:
    before = {name: town.told(name) for name in TOLD}
    town.follow()
    assert {name: town.told(name) for name in TOLD} == before


def test_the_cycles_of_an_issue_are_its_attempts_with_roll_backs_told_apart(town: Town) -> None:
    assert (town.followed("four").cycles, town.followed("four").is_open) == (4, False)
    assert (town.followed("rolled_back").cycles, town.followed("rolled_back").roll_backs) == (1, 1)
    assert (town.followed("still").cycles, town.followed("still").is_open) == (1, True)
    assert town.followed("regression").regressions == 1


def test_what_its_canary_showed_was_seen_before_everybody_had_it(town: Town) -> None:
    assert town.followed("seen_early").first_stage == "canary"
    assert town.followed("named").first_stage == "full"


@pytest.mark.parametrize("name", ["reverted", "named_revert", "tagged"])
def test_a_fix_that_held_and_names_one_change_says_which_did_it(town: Town, name: str) -> None:
    with reading(town.world.engine) as session:
        held = {one.issue_id: one for one in held_fixes(session)}
    mine = held.get(town.ident(name))
    assert mine is not None
    assert (mine.fix, mine.culprit) == town.undone[name]


@pytest.mark.parametrize("name", ["named", "rolled_back", "two_reverts", "tagged_only"])
def test_a_fix_that_names_no_change_or_several_or_no_issue_says_nothing(
    town: Town, name: str
) -> None:
    with reading(town.world.engine) as session:
        assert town.ident(name) not in {one.issue_id for one in held_fixes(session)}
