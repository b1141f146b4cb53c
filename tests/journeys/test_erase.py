"""One person's data goes; what was counted of them, and what verdicts rest on, does not."""

import json
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlmodel import col, select

from correlator.cli import cli
from correlator.grouping import fingerprint
from correlator.sources.sentry_event import user_hash
from correlator.store.classes import failure_classes, kind_models
from correlator.store.classes.kind_models import Made
from correlator.store.classes.kinds import keep_guess
from correlator.store.code.pull_requests import keep_pull_request, keep_review
from correlator.store.code.repos import add_repo
from correlator.store.code.standings import keep_standing
from correlator.store.intake.bodies import unpack
from correlator.store.issues.kept import keep_event
from correlator.store.issues.marks import SPLIT_OFF
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    ClassMemberRow,
    ClassModelRow,
    CommitRow,
    EventRow,
    FailureClassRow,
    FingerprintRow,
    HitRow,
    IssueRow,
    KindModelRow,
    KindRow,
    OutlineRow,
    ProjectRow,
    PullRequestRow,
    ReportPlanRow,
    ReportRow,
    ReviewRow,
    StandingRow,
    SurveyedRow,
    TallyRow,
    TroubleRow,
    VerdictRow,
)
from correlator.store.weeks import reports
from correlator.types import (
    Actor,
    Frame,
    Kind,
    KindGuess,
    Opinion,
    Placed,
    PullRequest,
    Raised,
    Review,
)
from correlator.world import World
from tests.builders import (
    NOW,
    a_commit,
    a_project,
    a_repo,
    a_trouble,
    a_verdict,
    an_event,
    an_issue,
    sha_of,
    some_events,
)

ANA = "ana@example.org"


def hashed(world: World, **user: str) -> str:
    found = user_hash(user, world.settings.secret())
    assert found is not None
    return found


def keep(world: World, name: str, **given: object) -> int:
    with transaction(world.engine) as session:
        project = session.exec(select(ProjectRow)).first() or a_project(session)
        event = an_event(event_id=name * 32, **given)
        keep_event(session, project, event, fingerprint(event), NOW)
        return session.exec(select(EventRow.id).where(EventRow.event_id == name * 32)).one() or 0


def erase(world: World, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(
        cli,
        ["erase", *arguments],
        input=stdin,
        env={
            "CORRELATOR_DATA_DIR": str(world.settings.data_dir),
            "CORRELATOR_DATABASE_URL": world.settings.database_url,
        },
    )


def test_their_events_go_and_the_numbers_stay(world: World) -> None:
    keep(world, "a", user=hashed(world, email="other@example.org"))
    keep(world, "b", user=hashed(world, email=ANA))
    keep(world, "c", user=hashed(world, id=ANA))
    done = erase(world, "--user", ANA, "--yes")
    assert done.exit_code == 0, done.output
    with reading(world.engine) as session:
        assert list(session.exec(select(EventRow.event_id))) == ["a" * 32]
        issue = session.exec(select(IssueRow)).one()
        assert session.exec(select(sa.func.sum(col(TallyRow.events)))).one() == 3
        assert (issue.times_seen, issue.users_seen) == (3, 3)
        users = list(session.exec(select(HitRow.user)))
        assert len(users) == 3
        assert users.count(None) == 2


def test_without_yes_it_only_says_what_it_would_erase(world: World) -> None:
    keep(world, "a", user=hashed(world, username=ANA))
    done = erase(world, "--user", ANA)
    assert "Would erase 1 event," in done.output
    with reading(world.engine) as session:
        assert session.exec(select(EventRow.user)).one() is not None


def test_an_event_that_an_issue_rests_on_is_stripped_to_its_code(world: World) -> None:
    frame = Frame(filename="shop/cart.py", function="price", lineno=18, variables={"who": ANA})
    keep(
        world,
        "a",
        user=hashed(world, email=ANA),
        exceptions=(Raised(type="LookupError", value=f"no cart for {ANA}", frames=(frame,)),),
        request={"url": f"https://shop.example.org/?who={ANA}"},
        extra={"mail": ANA},
        trace_id="d" * 32,
    )
    assert erase(world, "--user", ANA, "--yes").exit_code == 0
    with reading(world.engine) as session:
        row = session.exec(select(EventRow)).one()
        issue = session.exec(select(IssueRow)).one()
    left = unpack(row.body)
    assert ANA not in repr(left)
    assert (row.user, row.trace_id, row.stored_bytes) == (None, None, len(row.body))
    assert issue.value == "no cart for [erased]"
    assert left.raised is not None
    assert [(at.filename, at.function, at.lineno) for at in left.trace] == [
        ("shop/cart.py", "price", 18)
    ]


def test_events_of_others_that_mention_them_go_when_asked(world: World) -> None:
    keep(world, "a")
    keep(world, "b", extra={"note": f"invited by {ANA.upper()}!"})
    keep(world, "c", extra={"note": f"invited by x{ANA}"})
    assert erase(world, "--user", ANA, "--yes").exit_code == 1
    assert erase(world, "--user", ANA, "--in-text", "--yes").exit_code == 0
    with reading(world.engine) as session:
        assert set(session.exec(select(EventRow.event_id))) == {"a" * 32, "c" * 32}


def test_bodies_kept_with_trouble_go_too(world: World) -> None:
    mark = hashed(world, id="4711")
    with transaction(world.engine) as session:
        project = a_project(session)
        a_trouble(session, project, body=b'{"user":{"correlator_hash":"%s"}}' % mark.encode())
        a_trouble(session, project, subject_id=2, body=b"{}")
    assert erase(world, "--user", "4711", "--yes").exit_code == 0
    with reading(world.engine) as session:
        assert set(session.exec(select(TroubleRow.body))) == {None, b"{}"}


def test_a_hash_from_a_page_and_standard_input_name_them_as_well(world: World) -> None:
    mark = hashed(world, email=ANA)
    keep(world, "a")
    keep(world, "b", user=mark)
    said = json.loads(erase(world, "--user", mark, "--json").stdout)
    assert said["events"] == 1
    said = json.loads(erase(world, "--user", "-", "--json", stdin=f"{ANA}\n").stdout)
    assert said["events"] == 1


def test_what_was_derived_from_their_events_forgets_them_too(world: World) -> None:
    who = "Anaïs Holt"
    keep(
        world, "a", user=hashed(world, username=who),
        exceptions=(Raised(type="LookupError", value=f"no cart for {who}", frames=()),),
    )  # fmt: skip
    with transaction(world.engine) as session:
        tokens = ["type:LookupError", "word:cart", "word:anaïs", "word:holt", f"name:{who}"]
        failure_classes.keep_outline(session, 1, 1, tokens, NOW)
        session.add(FailureClassRow(name=f"No cart for {who}", sentence=f"All name “{who}”.",
                                    shared=[[f"name:{who}", 1.0]], born_at=NOW))  # fmt: skip
        session.flush()
        failure_classes.put(
            session, 1, Placed(class_id=1, likeness=1, because=f"shares “{who}”"), "refit", NOW
        )
        keep_guess(session, 1, KindGuess(kind=Kind.MISSING_KEY, certainty=0.7, because=f"“{who}”",
                                         source="rule"), None, NOW)  # fmt: skip
        failure_classes.keep_model(
            session, '{"rarity": {"word:anaïs": 1, "word:holt": 2}}', {}, 1, NOW
        )
        failure_classes.keep_model(session, '{"rarity": {"word:cart": 1}}', {}, 1, NOW)
        made = Made(version="1", text=f'{{"weights": {{"word {who}": 1}}}}', in_use=True,
                    because="", words=1, metrics={})  # fmt: skip
        kind_models.keep(session, made, NOW)
        fields = {"zone": "UTC", "weekday": 1, "hour": 8, "environment": "production"}
        plan = session.get_one(ReportPlanRow, reports.keep_plan(session, "shop", fields, NOW))
        body = {"title": "shop", "lists": {"new": {"items": [{"title": f"no cart for {who}"}]}}}
        reports.keep_report(session, plan, "2026-W47", body, NOW)
        session.add(FingerprintRow(project_id=1, issue_id=1, version=2, hash="f" * 64,
                                   because=f"{SPLIT_OFF}: tags.customer is {who}"))  # fmt: skip
    assert erase(world, "--user", who, "--yes").exit_code == 0
    with reading(world.engine) as session:
        tables = (OutlineRow, FailureClassRow, ClassMemberRow, KindRow, ClassModelRow,
                  KindModelRow, ReportRow, FingerprintRow)  # fmt: skip
        left = [row.model_dump() for table in tables for row in session.exec(select(table))]
    assert "holt" not in repr(left).casefold()
    assert "word:cart" in repr(left)
    assert len(left) == 9


def test_erasing_twice_finds_nothing_the_second_time(world: World, tmp_path: Path) -> None:
    keep(world, "a", user=hashed(world, email=ANA))
    assert erase(world, "--user", ANA, "--yes").exit_code == 0
    assert erase(world, "--user", ANA, "--yes").exit_code == 1


# --- what forges told ----------------------------------------------------------------------------


def a_forge_that_knows_ana(world: World) -> None:
    """Ana opened a pull request, Ben and she reviewed it; a page shows it."""
    at = NOW
    ana = Actor(login="Ana", id=1, name="Ana Ortiz", email=ANA)
    about = {"forge": "github", "repository": "acme/shop", "number": 7}
    with transaction(world.engine) as session:
        project = a_project(session).id or 0
        pull = PullRequest(
            **about, updated_at=at, state="merged", title="Sum for @ana", author=ana,
            merged_by=Actor(login="ben", id=2), requested_by=("ana", "anabel"), head="a" * 40,
        )  # fmt: skip
        keep_pull_request(session, project, pull)
        for key, who in (("1", ana), ("2", Actor(login="anabel", id=3))):
            review = Review(
                **about, key=key, reviewer=who, opinion=Opinion.APPROVED, said_at=at,
                changed_at=at, commit="a" * 40,
            )  # fmt: skip
            keep_review(session, project, review)
        repo = add_repo(session, "acme/shop", "https://example.com/acme/shop", None, at)
        body = {"sign_offs": [{"who": "@Ana", "state": "own-work"}, {"who": "@anabel"}]}
        keep_standing(session, (repo.id or 0, "c" * 40), body, at)


def test_a_forges_account_goes_and_what_it_did_stays_counted(world: World) -> None:
    a_forge_that_knows_ana(world)
    assert (
        "Would erase the name in 1 pull request and 1 review"
        in erase(world, "--user", "@ana").output
    )
    done = erase(world, "--user", "@ana", "--yes")
    assert done.exit_code == 0, done.output
    with reading(world.engine) as session:
        row = session.exec(select(PullRequestRow)).one()
        reviews = {one.key: one.reviewer for one in session.exec(select(ReviewRow))}
        standing = session.exec(select(StandingRow)).one()
    assert row.author is not None
    name = row.author["login"]
    assert name.startswith("erased-")
    assert row.author == reviews["1"]  # still the same one: their approval stays their own work
    assert (row.author["email"], row.author["id"], row.author["name"]) == (None, None, None)
    assert row.requested_by == [name, "anabel"]
    assert row.title == f"Sum for @{name}"
    assert row.merged_by is not None
    assert row.merged_by["login"] == "ben"
    assert reviews["2"]["login"] == "anabel"
    assert [one["who"] for one in standing.body["sign_offs"]] == [f"@{name}", "@anabel"]
    assert erase(world, "--user", "@ana", "--yes").exit_code == 1


def test_a_mail_address_finds_the_same_account(world: World) -> None:
    a_forge_that_knows_ana(world)
    assert erase(world, "--user", ANA, "--yes").exit_code == 0
    with reading(world.engine) as session:
        row = session.exec(select(PullRequestRow)).one()
        reviews = {one.key: one.reviewer for one in session.exec(select(ReviewRow))}
    assert row.author is not None
    assert row.author["login"].startswith("erased-")
    assert row.author == reviews["1"]


def records_of_a_session(world: World) -> None:
    """Ana and another Ana each prompted an agent; a verdict shows a line of the first."""
    claim = {"author": "ai", "mechanism": "git-ai", "certainty": 0.97, "session": "s",
             "because": "written by cursor, prompted by Ana", "human": f"Ana <{ANA.title()}>",
             "recorded": {"turns": 3, "prompt": "my secret"}}  # fmt: skip
    other = {**claim, "human": "Ana <other@example.org>"}
    with transaction(world.engine) as session:
        project = a_project(session)
        repo = a_repo(session, project)
        for name, one in (("hers", claim), ("others", other)):
            because = one["because"]
            a_commit(session, repo, name, claims=[one], because=because)
            fields = {"author_name": "A", "author_email": "a@x", "committer_name": "A",
                      "committer_email": "a@x", "authored_at": NOW, "committed_at": NOW,
                      "week": "2026-11-16", "month": "2026-11", "message": "m", "author": "ai",
                      "certainty": 0.9, "level": "line", "review": "untold"}  # fmt: skip
            session.add(
                SurveyedRow(
                    repo_id=repo.id or 0, sha=sha_of(name), because=because, claims=[one],
                    accountable=one["human"], accountable_as="prompter", **fields,
                )
            )  # fmt: skip
        issue = an_issue(session, project)
        some_events(session, issue)
        verdict = a_verdict(session, issue, repo, (("hers", 0.9),))
        said = {"because": claim["because"], "author": "ai"}
        lines = [{"number": at, "text": "prompted by Ana", "sha": sha_of(name), "provenance": said}
                 for at, name in enumerate(("hers", "others"), 1)]  # fmt: skip
        verdict.snippets = [{"path": "a.py", "line": 1, "lines": lines}]


def test_who_prompted_an_agent_goes_from_its_records_with_what_they_asked(world: World) -> None:
    records_of_a_session(world)
    words = "who prompted an agent, and what they asked, in records of 1 commit"
    assert f"Would erase {words}" in erase(world, "--user", ANA).output
    assert f"Erased {words}" in erase(world, "--user", ANA, "--yes").output
    with reading(world.engine) as session:
        rows: list[CommitRow | SurveyedRow] = [
            *session.exec(select(CommitRow)),
            *session.exec(select(SurveyedRow)),
        ]
        (name,) = {row.claims[0]["human"] for row in rows if row.sha == sha_of("hers")}
        assert name.startswith("erased-")
        for row in rows:
            (one,) = row.claims
            hers = row.sha == sha_of("hers")
            assert one["human"] == (name if hers else "Ana <other@example.org>")
            assert one["recorded"] == {"turns": 3, "prompt": None if hers else "my secret"}
            said = f"written by cursor, prompted by {name if hers else 'Ana'}"
            assert (one["because"], row.because) == (said, said)
        assert {one.accountable for one in session.exec(select(SurveyedRow))} == {
            name,
            "Ana <other@example.org>",
        }
        lines = session.exec(select(VerdictRow)).one().snippets[0]["lines"]
    assert [one["provenance"]["because"].rpartition(" ")[2] for one in lines] == [
        name,
        "Ana",
    ]
    assert lines[0]["text"] == "prompted by Ana", "the code is the repository's"
    assert erase(world, "--user", ANA, "--yes").exit_code == 1
