"""A trace into a bundle: led to the source, or answered honestly."""

import base64
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from correlator.code.repo import Repo
from correlator.investigation import explain
from correlator.types import Abstention, Event, Explanation, Frame, Raised
from tests.bundles import encoded
from tests.gitrepo import GitRepo

SOURCE = "export function total(cart) {\n  const sum = cart.items.length\n  return sum\n}\n"
BROKEN = SOURCE.replace("cart.items", "cart.order.items")
# One line, wider than anybody writes; position 40 is line 2 of the source.
BUNDLE = "function t(n){" + "x" * 6000 + "}\n//# sourceMappingURL=app.min.js.map\n"
MAP = json.dumps(
    {
        "version": 3,
        "sources": ["webpack://shop/./src/cart.js"],
        "mappings": encoded([[(0, 0, 0, 0), (40, 0, 1, 8)]]),
    }
)


def an_event(*frames: Frame) -> Event:
    raised = Raised(type="TypeError", value="undefined has no length", frames=frames)
    return Event(event_id="e", at=datetime(2026, 1, 6, tzinfo=UTC), exceptions=(raised,))


def crash(filename: str = "https://shop.example/dist/app.min.js", column: int | None = 45) -> Frame:
    return Frame(filename=filename, function="t", lineno=1, colno=column, in_app=True)


def explained(git_repo: GitRepo, event: Event) -> Explanation:
    repo = Repo(git_repo.path)
    return explain(repo, event, deployed=git_repo.head, previous=first(git_repo))


def first(git_repo: GitRepo) -> str:
    return git_repo.run("rev-list", "--max-parents=0", "HEAD").strip()


def a_shop(git_repo: GitRepo, bundle: str = BUNDLE, source_map: str | None = MAP) -> str:
    """A shop whose second commit broke the cart and was built with it; that commit."""
    built = {"dist/app.min.js": bundle, "dist/app.min.js.map": source_map}
    git_repo.commit("shop", {"src/cart.js": SOURCE, "README.md": "shop", **built})
    broke = git_repo.commit("order", {"src/cart.js": BROKEN})
    git_repo.commit("build", {"dist/app.min.js": bundle.replace("xxx", "xyx", 1)}, who="CI <c@i>")
    return broke


def test_a_frame_in_a_bundle_is_led_to_the_source_by_the_map_beside_it(git_repo: GitRepo) -> None:
    broke = a_shop(git_repo)
    told = explained(git_repo, an_event(crash()))
    (location,) = told.locations
    assert (location.path, location.line, location.how) == ("src/cart.js", 2, "source map")
    assert location.bundle == "dist/app.min.js:1:45"
    assert told.snippets[0].function == "total"
    assert told.snippets[0].bundle == "dist/app.min.js:1:45"
    assert told.verdict.suspects[0].sha == broke
    assert "1 frame of dist/app.min.js led to the source by dist/app.min.js.map" in told.notes


def test_the_map_may_be_in_the_bundle_itself(git_repo: GitRepo) -> None:
    url = "data:application/json;base64," + base64.b64encode(MAP.encode()).decode()
    a_shop(git_repo, BUNDLE.replace("app.min.js.map", url), None)
    told = explained(git_repo, an_event(crash()))
    assert [at.path for at in told.locations] == ["src/cart.js"]


@pytest.mark.parametrize(
    ("source_map", "note"),
    [
        (None, "the repository holds no source map for it"),
        ("<html>", "its source map cannot be used: it is no JSON"),
        (MAP.replace("AAAA,", ";AAAA,"), "says nothing of the traced positions"),
        (MAP.replace("src/cart.js", "src/gone.js"), "leads to src/gone.js, which is no file"),
        (MAP.replace("./src/cart.js", "../../../../etc/passwd"), "leads to etc/passwd, which"),
        (
            MAP.replace("./src/cart.js", "./node_modules/x/src/cart.js"),
            "leads to node_modules/x/src/cart.js, which",
        ),
    ],
)
def test_a_minified_file_without_a_map_that_helps_is_said_to_be_one(
    git_repo: GitRepo, source_map: str | None, note: str
) -> None:
    a_shop(git_repo, source_map=source_map)
    told = explained(git_repo, an_event(crash()))
    assert told.locations == ()
    assert told.verdict.abstained is Abstention.NO_FRAME_IN_REPOSITORY
    assert "dist/app.min.js" in told.verdict.because
    assert note in told.verdict.because


def test_a_minified_line_without_a_column_says_nothing(git_repo: GitRepo) -> None:
    a_shop(git_repo)
    told = explained(git_repo, an_event(crash(column=None)))
    assert told.verdict.abstained is Abstention.NO_FRAME_IN_REPOSITORY


def test_a_built_file_that_can_be_read_stays_a_place_and_is_said_to_be_built(
    git_repo: GitRepo,
) -> None:
    git_repo.commit("shop", {"dist/app.js": SOURCE})
    git_repo.commit("order", {"dist/app.js": BROKEN})
    told = explained(git_repo, an_event(Frame(filename="dist/app.js", lineno=2, colno=5)))
    assert [(at.path, at.line) for at in told.locations] == [("dist/app.js", 2)]
    assert "written by a build" in told.notes[0]


def test_the_event_keeps_its_frames_so_that_a_map_cannot_split_an_issue(git_repo: GitRepo) -> None:
    a_shop(git_repo)
    event = an_event(crash())
    explained(git_repo, event)
    assert event == an_event(crash())


def test_each_turn_of_a_recursion_is_led_back(git_repo: GitRepo) -> None:
    a_shop(git_repo)
    same = crash()
    told = explained(git_repo, an_event(*[same] * 10))
    assert [(at.path, at.depth) for at in told.locations] == [("src/cart.js", n) for n in range(10)]


def test_a_bundle_of_ten_thousand_lines_is_blamed_where_it_matters_only(git_repo: GitRepo) -> None:
    lines = [f"function f{n}(a) {{\n  return a.b{n}\n}}\n" for n in range(3500)]
    git_repo.commit("shop", {"lib/all.js": "".join(lines)})
    for n in range(5):
        lines[n * 600] = lines[n * 600].replace("a.b", f"a.c{n}.b")
        git_repo.commit(f"change {n}", {"lib/all.js": "".join(lines)})
    told = explained(git_repo, an_event(Frame(filename="lib/all.js", lineno=3602, colno=3)))
    assert told.snippets[0].function == "f1200"
    shown = {line.number for line in told.snippets[0].lines if line.origin}
    assert shown == {line.number for line in told.snippets[0].lines}
    assert told.verdict.suspects


def test_a_verdict_that_runs_out_of_time_says_what_it_left_out(
    git_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_repo.commit("shop", {"src/cart.js": SOURCE})
    git_repo.commit("order", {"src/cart.js": BROKEN})
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    # Everything as ever, but blame does not come back.
    words = f'case " $* " in *" blame "*) exec sleep 60;; esac; exec {shutil.which("git")} "$@"'
    slow.write_text(f"#!/bin/sh\n{words}\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    event = an_event(Frame(filename="src/cart.js", lineno=2))
    repo = Repo(git_repo.path, timeout=3)
    told = explain(repo, event, deployed=git_repo.head, previous=first(git_repo))
    assert "the blame of src/cart.js took too long and was left out" in told.notes
    assert not any(line.origin for line in told.snippets[0].lines)
    assert told.verdict.suspects[0].sha == git_repo.head
