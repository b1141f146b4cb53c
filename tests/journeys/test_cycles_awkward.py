"""The awkward half of the scripted history: what a reviewer would try who trusts no tool.

Played as ``test_cycles_history`` is, in a town of its own: each case is a service with one issue.
``TOLD`` is what is to come out, in the same words.
"""

from collections.abc import Callable

import pytest

from correlator.settings import Settings
from correlator.store.issues import joins
from correlator.store.issues.joins import By
from correlator.store.migrate import migrate
from correlator.store.session import open_engine, transaction
from correlator.world import World
from tests.gitrepo import GitRepo
from tests.journeys.cycles_town import Case, Town, at, source_of

pytestmark = pytest.mark.timeout(300)

NOW = 400
STEADY = tuple(range(1, 48, 8))

TOLD = {
    "undone_undone": ("superseded → held", "the revert of the culprit was reverted, then mended"),
    "thrice": ("superseded → superseded → held", "fix, revert, revert of it, and so on"),
    "promoted": ("held", "in staging for days, then promoted to production"),
    "rebased": ("came back", "deployed from its branch, then rebased: one fix, one attempt"),
    "hotfix_then_main": ("held", "picked as a hotfix an hour before main brings it"),
    "hotfix_reworded": ("held", "picked with other words: the same patch is the same fix"),
    "marker_days_late": ("held", "the fix's marker comes when all is over"),
    "no_marker": ("came back", "no marker ever names the fix's release; its events do"),
    "no_marker_quiet": ("held", "no marker ever names the fix's release; its calls do"),
    "first_marker": ("held", "the first marker that anybody sent is that of the fix"),
    "forth_by_revert": ("superseded* → held", "back at once, then forward with a revert"),
    "closed_pull": ("no attempt", "a pull request that names it was closed, not merged"),
    "pull_body": ("held", "only the squashed pull request's body names it"),
    "named_before": ("no attempt", "the commit that names it is older than the issue"),
    "next_never": ("never deployed", "Sentry: in the next release, and there was none"),
    "in_release_before": ("no attempt", "Sentry: resolved in the release that broke it"),
    "in_release_mid": ("came back", "Sentry: resolved in a release that had failed by then"),
    "both_held": ("held", "one commit mends two issues: this one it does"),
    "both_failed": ("came back", "one commit mends two issues: this one it does not"),
    "merged_into": ("held", "the fix names an issue that was merged into this one"),
    "dropped": ("held|no attempt", "a later merge lost the lines of the fix"),
    "one_user": ("came back", "after the fix one user tries it three hundred times"),
    "sampled": ("held", "calls are sampled by other rates after the deploy"),
    "no_traffic": ("unexercised", "not a call of anything since the fix"),
    "tracing_off": ("held", "the fix turned the counting of calls off; other failures come"),
    "hundredth": ("too early", "a hundredth of the calls since the fix"),
    "one_event": ("too early", "it failed once"),
    "hundred": (" → ".join([*["came back"] * 99, "reduced"]), "a hundred attempts"),
    "canary_withdrawn": ("came back → held", "the fix failed in its canary and went no further"),
    "canary_quiet": ("held", "the canary of a first try was quiet, the next release has it, too"),
    "canary_waits": ("never deployed", "its canary is quiet and has not gone further yet"),
    "roll_back_all": ("held*", "the roll-back takes other work along"),
    "to_and_fro": ("held* → superseded*", "back, forth, back, forth"),
    "reapplied_culprit": ("held*", "the culprit was reverted and reapplied before it was seen"),
    "copied_culprit": ("held", "main has the culprit as well: moving there is no attempt"),
    "nameless_release": ("held", "Sentry: resolved in a release whose revision nobody knows"),
    "out_of_order": ("held", "a marker between the two comes days later"),
    "sdk_ahead": ("held", "the clock of the old release's SDK is an hour ahead"),
    "ci_behind": ("held", "the clock of the pipeline is an hour behind"),
    "elsewhere_first": (
        "never deployed",
        "the fix went out with another service of the repository",
    ),
    "two_services": ("held", "another service has the code, and not the fix"),
    "rolled_back_later": ("held", "it held; later the release before goes out again, and fails"),
    "canary_caught": ("held", "only a canary ever had the culprit"),
    "failed_roll_out": ("held", "the first roll-out of the fix came to nothing"),
    "one_name": ("held", "every release has the same name"),
    "next_after_back": ("superseded* → held", "Sentry: in the next release; an old one came next"),
    "button": ("held", "GitHub's button reverts the pull request that the culprit came by"),
    "unfetched": ("never deployed", "Sentry: by a commit of another repository"),
    "offset": ("held", "the marker's time is written with an offset, over a change of the clocks"),
}


def undone_undone(case: Case) -> None:
    case.fix(48, f"This reverts commit {case.bad}.")
    case.fix(49, f"This reverts commit {case.shas[2]}.", files="wrong", fails=(50, 54, 58))
    case.fix(60, "Fixes {issue}")


def thrice(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fix(49, f"This reverts commit {case.shas[2]}.", files="wrong")
    case.fix(52, f"This reverts commit {case.shas[3]}.")
    case.fix(55, f"This reverts commit {case.shas[4]}.", files="wrong")
    case.fix(58, f"This reverts commit {case.shas[5]}.")


def promoted(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.deploy(2, 48, environment="staging")
    case.fails(1, *range(49, 144, 8))
    case.deploy(2, 144)


def rebased(case: Case) -> None:
    case.git.branch(f"side-{case.service}", case.bad)
    sha = case.commit(47, "Fixes {issue}")
    case.deploy(2, 48)
    case.fails(2, 49, 53)
    case.git.branch("main")
    case.pick(sha, 59)
    case.deploy(3, 60)
    case.fails(3, 61, 65)


def hotfix_then_main(case: Case) -> None:
    case.git.branch(f"side-{case.service}", case.bad)
    sha = case.commit(47, "Fixes {issue}")
    case.deploy(2, 48)
    case.git.branch("main")
    case.pick(sha, 48.5)
    case.deploy(3, 49)


def hotfix_reworded(case: Case) -> None:
    sha = case.commit(46, "Fixes {issue}")
    case.git.branch(f"side-{case.service}", case.bad)
    case.pick(sha, 47, "Hotfix: " + case.named("Fixes {issue}"))
    case.git.branch("main")
    case.deploy(3, 48)
    case.deploy(2, 49)


def marker_days_late(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.fails(1, 49)


def no_marker(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.fails(2, 49, 57)


def no_marker_quiet(case: Case) -> None:
    sha = case.commit(47, "Fixes {issue}")
    case.calls(case.release(1), 100, *range(48))
    case.calls(f"{case.service}@{sha}", 100, *range(48, 120))


def first_marker(case: Case) -> None:
    case.fix(48, "Fixes {issue}")


def forth_by_revert(case: Case) -> None:
    case.deploy(0, 48)
    case.fix(60, f"This reverts commit {case.bad}.")


def closed_pull(case: Case) -> None:
    case.git.branch(f"side-{case.service}", case.bad)
    sha = case.commit(47, "no word of it")
    case.git.branch("main")
    case.pull(sha, "closed", case.named("Fixes {issue}"), 48)


def pull_body(case: Case) -> None:
    case.git.branch(f"side-{case.service}", case.bad)
    sha = case.commit(46, "no word of it")
    case.git.branch("main")
    merged = case.commit(47, "no word of it")
    case.git.run("branch", "-D", f"side-{case.service}")
    case.pull(sha, "merged", case.named("Fixes {issue}"), 47, merged)
    case.deploy(3, 48)


def named_before(case: Case) -> None:
    case.commit(-9.5, "Fixes {issue}")
    case.deploy(2, 48)
    case.fails(2, 60, 100)


def next_never(case: Case) -> None:
    case.resolved({"inNextRelease": True}, hours=60)


def in_release_before(case: Case) -> None:
    case.resolved({"inRelease": case.release(1)}, hours=60)


def in_release_mid(case: Case) -> None:
    case.commit(23, "no word of it")
    case.deploy(2, 24)
    case.fails(2, 26, 34, 42, 58)
    case.resolved({"inRelease": case.release(2)}, hours=60)


def both_held(case: Case) -> None:
    other = case.town.issues()["both_failed"].number
    case.fix(48, "Fixes {issue} and SHOP-" + str(other))


def both_failed(case: Case) -> None:
    case.shas.append(case.git.head)
    case.deploy(2, 48)
    case.fails(2, 49, 57, 65)


def merged_into(case: Case) -> None:
    other = {"filename": "lib/other.py", "module": "lib.other", "function": "other", "lineno": 1}
    case.fails(1, *range(2, 40, 8), kind="OSError", frames=[other])


def merged(case: Case) -> None:
    other = case.town.youngest(case.service)
    with transaction(case.town.world.engine) as session:
        joins.merge(session, other.id or 0, case.town.ident(case.service), By(None, at(NOW)))
    case.fix(48, f"Fixes SHOP-{other.number}")


def dropped(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.git.branch(f"side-{case.service}", case.bad)
    case.git.commit("other", {f"{case.service}/other.py": "1\n"}, at=at(100))
    case.git.branch("main")
    case.git.run("merge", "--quiet", "--no-commit", "--no-ff", f"side-{case.service}")
    case.shas.append(
        case.git.commit(
            "merge", {f"{case.service}/work.py": source_of(case.service, "wrong")}, at=at(199)
        )
    )
    case.deploy(3, 200)
    case.fails(3, 201, 209, 217)


def one_user(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.town.fail(
        case.service,
        case.release(2),
        *(50 + minute / 60 for minute in range(20)),
        user={"id": "the same"},
    )


def sampled(case: Case) -> None:
    case.calls(case.release(1), 100, *range(48), sent=4)
    case.fix(48, "Fixes {issue}")
    case.calls(case.release(2), 100, *range(48, 120))


def no_traffic(case: Case) -> None:
    case.calls(case.release(1), 100, *range(48))
    case.fix(48, "Fixes {issue}")


def tracing_off(case: Case) -> None:
    case.calls(case.release(1), 100, *range(48))
    case.fix(48, "Fixes {issue}")
    other = {"filename": "lib/more.py", "module": "lib.more", "function": "more", "lineno": 1}
    case.fails(2, 60, 100, 140, kind="OSError", frames=[other])


def hundredth(case: Case) -> None:
    case.calls(case.release(1), 100, *range(48))
    case.fix(48, "Fixes {issue}")
    case.calls(case.release(2), 1, *range(48, NOW))


def one_event(case: Case) -> None:
    case.fix(4, "Fixes {issue}")


def hundred(case: Case) -> None:
    for number in range(100):
        case.fix(48 + 3 * number, "Fixes {issue}", fails=(49 + 3 * number,))


def canary_withdrawn(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.deploy(2, 48, stage="canary")
    case.fails(2, 49, 50)
    case.fails(1, 49, 57)
    case.fix(60, "Fixes {issue}")


def canary_quiet(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.deploy(2, 48, stage="canary")
    case.fix(50, "other work")


def canary_waits(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.deploy(2, 48, stage="canary")
    case.fails(1, 49, 57, 65)


def roll_back_all(case: Case) -> None:
    case.commit(19, "other work", files="wrong")
    case.deploy(2, 20)
    case.fails(2, 25, 33, 41)
    case.deploy(0, 48)


def to_and_fro(case: Case) -> None:
    case.deploy(0, 48)
    case.deploy(1, 148)
    case.fails(1, *range(149, 190, 8))
    case.deploy(0, 190)
    case.deploy(1, 192)
    case.fails(1, *range(193, NOW, 8))


def reapplied_culprit(case: Case) -> None:
    case.deploy(0, 48)


def copied_culprit(case: Case) -> None:
    case.shas.append(
        case.git.run("log", "--format=%H", "-1", "--", "copied_culprit/work.py").strip()
    )
    case.deploy(2, 30)
    case.fails(2, 33, 41, 47)
    case.fix(60, "Fixes {issue}")


def nameless_release(case: Case) -> None:
    case.town.deploy(case.service, "mystery", None, 48)
    case.resolved({"inRelease": "mystery"})


def out_of_order(case: Case) -> None:
    case.commit(23, "no word of it", files="wrong")
    case.fails(2, 25, 33, 41)
    case.commit(46, "Fixes {issue}")
    case.deploy(3, 48)


def sdk_ahead(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.fails(1, 48.5, 49)


def ci_behind(case: Case) -> None:
    case.commit(46, "Fixes {issue}")
    case.deploy(2, 47)
    case.fails(1, 47.2, 47.9)


def elsewhere_first(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.town.deploy("another", "another@1", case.shas[1], 40)
    case.town.deploy("another", "another@2", case.shas[2], 48)
    case.fails(1, 60, 100)


def offset(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.deploy(2, 48, at="2026-03-04T02:00:00+02:00")


def two_services(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    twin = f"{case.service}-twin"
    case.town.deploy(twin, "twin@1", case.shas[1], 0)
    case.fails(1, 2, *range(10, 300, 24), tags={"service": twin})
    case.deploy(2, 48)


def rolled_back_later(case: Case) -> None:
    case.fix(48, "Fixes {issue}")
    case.deploy(1, 200)
    case.fails(1, 201, 209)


def canary_caught(case: Case) -> None:
    case.fix(48, "Fixes {issue}")


def failed_roll_out(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    case.deploy(2, 48, outcome="failed")
    case.deploy(2, 60)


def next_after_back(case: Case) -> None:
    case.resolved({"inNextRelease": True}, hours=47)
    case.deploy(0, 48)
    case.deploy(1, 50)
    case.fails(1, 51, 55, 59)
    case.fix(60, "no word of it")


def button(case: Case) -> None:
    number = case.git.run("log", "-1", "--format=%s", case.bad).partition("(#")[2].strip(") \n")
    case.fix(48, f"Reverts acme/shop#{number}", subject=f'Revert "break {case.service}"')


def unfetched(case: Case) -> None:
    case.resolved({"inCommit": {"repository": "other", "commit": "d" * 40}})


def one_name(case: Case) -> None:
    case.commit(47, "Fixes {issue}")
    for place, hours in ((0, -24), (1, 0), (2, 48)):
        case.town.deploy(case.service, "latest", case.shas[place], hours)


def late_marker(case: Case) -> None:
    case.deploy(2, 48)


def between(case: Case) -> None:
    case.deploy(2, 24)


def reapplied(town: Town, name: str) -> list[str]:
    """The culprit was taken back, and that was taken back, before anybody saw it fail."""
    path, git = f"{name}/work.py", town.git
    git.commit(f"begin {name}", {path: source_of(name)}, at=at(-90))
    first = git.commit(f"break {name}", {path: source_of(name, "wrong")}, at=at(-80))
    undo = git.commit(
        f'Revert "break {name}"', {path: source_of(name)}, at=at(-70),
        body=f"This reverts commit {first}.",
    )  # fmt: skip
    again = git.commit(
        f'Reapply "break {name}"', {path: source_of(name, "wrong")}, at=at(-20),
        body=f"This reverts commit {undo}.",
    )  # fmt: skip
    return [undo, again]


def by_pull(town: Town, name: str) -> list[str]:
    """The culprit came by a pull request, squashed."""
    path, git = f"{name}/work.py", town.git
    good = git.commit(f"begin {name}", {path: source_of(name)}, at=at(-90))
    bad = git.commit(f"break {name} (#9177)", {path: source_of(name, "wrong")}, at=at(-20))
    return [good, bad]


def copied(town: Town, name: str) -> list[str]:
    """The culprit was made on main and picked, in other words, onto the branch that is live."""
    path, git = f"{name}/work.py", town.git
    good = git.commit(f"begin {name}", {path: source_of(name)}, at=at(-90))
    main = git.commit(f"break {name}", {path: source_of(name, "wrong")}, at=at(-80))
    git.branch(f"live-{name}", good)
    live = git.pick(main, at(-20), f"{name} for the release")
    git.branch("main")
    return [good, live]


CASES: dict[str, Callable[[Case], None]] = {
    name: play for name, play in list(globals().items()) if name in TOLD
}
AFTERWARDS = {"marker_days_late": late_marker, "out_of_order": between, "merged_into": merged}
BEGUN = {"reapplied_culprit": reapplied, "copied_culprit": copied, "button": by_pull}
# Nobody told of their first releases, or of a canary of the broken one only.
UNMARKED = {"first_marker", "one_name"}
IN_PART: dict[str, object] = {"stage": "canary", "share": 5}
BEGAN = {"one_event": (1,), "to_and_fro": STEADY}


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
    made.unmarked, made.first_deploy = UNMARKED, {"canary_caught": IN_PART}
    made.play(CASES, AFTERWARDS, BEGAN, STEADY, NOW, begun=BEGUN)
    return made


@pytest.mark.parametrize("name", TOLD)
def test_what_became_of_each_fix_is_what_the_table_says(town: Town, name: str) -> None:
    assert "|".join(town.told(name)) == TOLD[name][0], TOLD[name][1]


def test_an_issue_stands_where_a_service_that_shares_the_code_still_fails(town: Town) -> None:
    row = town.followed("two_services")
    assert (row.is_open, row.service, row.state) == (True, "two_services-twin", "never deployed")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rolled_back_later", "The fix had held, but rolled_back_later@1, which is live since"),
        ("to_and_fro", "A fix was out, but to_and_fro@1, which is live since 10 Mar 00:00"),
        ("dropped", "What had mended it is still in what fails"),
        ("no_marker", "Nobody told of a deploy of no_marker@"),
        ("canary_waits", "Only a canary has a fix: canary_waits@2, since 04 Mar"),
        ("in_release_before", "Release in_release_before@1 was out before it failed"),
        ("unfetched", "Commit dddddddddddd, said to mend it, is not in the repository"),
        ("one_name", "Several revisions went out as release latest"),
    ],
)
def test_what_a_state_does_not_say_is_said_beside_it(town: Town, name: str, said: str) -> None:
    assert any(said in note for note in town.followed(name).notes), town.followed(name).notes


def test_what_only_a_canary_had_was_caught_early(town: Town) -> None:
    assert town.followed("canary_caught").first_stage == "canary"
