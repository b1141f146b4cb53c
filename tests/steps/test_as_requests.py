"""Merges and squashes are seen as the pull request they are."""

from pathlib import Path

import pytest
from sqlmodel import select

from correlator.investigation.requests import by_request, titled
from correlator.steps import drain
from correlator.store.code.pull_requests import keep_pull_request
from correlator.store.session import transaction
from correlator.store.tables import RepoRow
from correlator.types import Abstention, Evidence, PullRequest, Request, Suspect, Verdict
from correlator.world import World
from tests.deliveries import AT
from tests.steps.test_investigate import AFTER, DIGEST, Shop, suspects, verdicts

LONGER = AFTER.replace("return price", "return round(price)")


def a_suspect(sha: str, probability: float) -> Suspect:
    row = Evidence(signal="size", points=1.0, because=f"{sha} is large")
    return Suspect(sha=sha, score=1.0, probability=probability, in_range=True, evidence=(row,))


def a_verdict(*given: Suspect, named: bool = True) -> Verdict:
    silent = None if named else Abstention.NOTHING_STANDS_OUT
    return Verdict(suspects=given, confidence=given[0].probability, abstained=silent,
                   because="it is", weights="w")  # fmt: skip


def test_commits_of_one_request_are_suspected_together() -> None:
    one = Request(12)
    given = a_verdict(a_suspect("c", 0.35), a_suspect("a", 0.3), a_suspect("b", 0.28), named=False)
    found = by_request(given, {"a": one, "b": one}, 0.55)
    assert [suspect.sha for suspect in found.suspects] == ["a", "b", "c"]
    assert found.abstained is None
    assert found.confidence == pytest.approx(0.58)
    assert "2 commits of pull request 12" in found.because
    assert [suspect.score for suspect in found.suspects] == [1.0, 1.0, 1.0]


def test_where_each_request_has_one_suspect_nothing_moves() -> None:
    given = a_verdict(a_suspect("a", 0.5), a_suspect("b", 0.3), named=False)
    found = by_request(given, {"a": Request(1), "b": Request(2)}, 0.55)
    assert (found.abstained, found.confidence) == (given.abstained, 0.5)
    assert [one.request for one in found.suspects] == [Request(1), Request(2)]


def test_together_they_may_still_be_too_little_to_name() -> None:
    given = a_verdict(a_suspect("a", 0.2), a_suspect("b", 0.2), named=False)
    found = by_request(given, {"a": Request(1), "b": Request(1)}, 0.55)
    assert found.abstained is Abstention.NOTHING_STANDS_OUT
    assert found.confidence == pytest.approx(0.4)


def test_a_request_that_no_forge_told_of_has_only_its_number() -> None:
    assert titled(7, {}, []) == Request(7)
    assert titled(7, {7: Request(7, "Told", "https://x.example")}, []).title == "Told"


class Merging(Shop):
    """A shop whose culprit came by a branch of two commits, merged as a pull request."""

    def merged(self) -> tuple[str, str, str]:
        self.git.branch("faster", self.new)
        one = self.git.commit("Round the price", {"shop/cart.py": LONGER})
        two = self.git.commit("And say so", {"shop/cart.py": LONGER + "# rounded\n"})
        self.git.branch("main")
        return one, two, self.git.merge("faster", "Merge pull request #31 from acme/faster\n\n"
                                                  "Round prices")  # fmt: skip


def test_two_commits_of_a_merged_request_are_one_suspect_in_two_parts(
    world: World, tmp_path: Path
) -> None:
    shop = Merging(world, tmp_path)
    one, two, merge = shop.merged()
    shop.has_repository()
    shop.deployed("shop@1", shop.new, 0)
    shop.deployed("shop@2", merge, 20)
    shop.fails()
    drain(world, DIGEST)
    (verdict,) = verdicts(world)
    found = {row.sha: row for row in suspects(world, verdict)}
    assert {found[one].request, found[two].request} == {31}
    assert found[one].request_title == "Round prices"
    together = sorted(row.place for row in found.values() if row.request == 31)
    assert together == list(range(together[0], together[-1] + 1))
    assert found[one].score == pytest.approx(sum(row["points"] for row in found[one].evidence))
    assert found[shop.culprit].request is None


def test_a_squash_has_its_number_from_its_subject_and_the_rest_from_the_forge(
    world: World, tmp_path: Path
) -> None:
    shop = Shop(world, tmp_path)
    squash = shop.git.commit("Round prices (#32)", {"shop/cart.py": LONGER})
    shop.has_repository()
    pull = PullRequest(forge="github", repository="acme/shop", number=32, state="merged",
                       updated_at=AT, title="Round all prices",
                       url="https://example.org/pull/32")  # fmt: skip
    with transaction(world.engine) as session:
        session.exec(select(RepoRow)).one().name = "acme/shop"
        keep_pull_request(session, shop.project, pull)
    shop.deployed("shop@1", shop.new, 0)
    shop.deployed("shop@2", squash, 20)
    shop.fails()
    drain(world, DIGEST)
    row = {row.sha: row for row in suspects(world, verdicts(world)[0])}[squash]
    assert (row.request, row.request_title, row.request_url) == (
        32, "Round all prices", "https://example.org/pull/32",
    )  # fmt: skip
