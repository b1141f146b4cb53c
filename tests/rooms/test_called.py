"""The culprit that no frame shows: what the trace called has returned, or was taken away."""

from dataclasses import replace
from pathlib import Path

import pytest

from correlator.code.repo import Repo
from correlator.ranking.calls import called, opened
from correlator.ranking.case import Place
from correlator.ranking.rank import findings
from correlator.types import FilePatch, Hunk, Raised
from tests.gitrepo import GitRepo
from tests.rooms.test_ranking import a_candidate, a_case, a_patch, a_place

READS = {
    9: "def read(rows):",
    10: "    product = catalog.find(rows[0])",
    11: "    return product.sku",
}


def inside(
    header: str, removed: tuple[str, ...] = (), added: tuple[str, ...] = ("x",)
) -> FilePatch:
    hunk = Hunk(5, len(removed), 5, len(added), removed, added, header)
    return FilePatch("shop/catalog.py", "shop/catalog.py", (hunk,))


def a_read(line: int = 11) -> Place:
    return replace(a_place(), name="read", lines=(line,), text=READS)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("def find(sku):", "find"),
        ("    async def find(self):", "find"),
        ("export const find = (sku) => {", "find"),
        ("  find(sku) {", "find"),
        ("func (c *Catalog) Find(sku string) error {", "Find"),
        ("public Product find(String sku) {", "find"),
        ("class Catalog:", "Catalog"),
        ("", None),
    ],
)
def test_a_hunk_says_which_function_it_lies_in(header: str, name: str | None) -> None:
    assert next(opened(Hunk(1, 0, 1, 1, (), ("x",), header)), None) == name


def test_calls_before_the_traced_line_count_less_than_those_on_it() -> None:
    shares = dict(called({1: "a = first(x)", 2: "return second(a)"}, [2]))
    assert shares["second"] > shares["first"] > 0


def test_a_change_of_what_the_traced_code_called_is_evidence() -> None:
    culprit = a_candidate("c", 0, inside("def find(sku):"))
    found = findings(a_case([culprit, a_candidate("d", 1, a_patch("x/y.py"))], [a_read()]), culprit)
    assert found["called-function"].because == "it changed find(), which the traced code calls"


def test_what_was_called_before_the_deploy_without_error_is_no_evidence() -> None:
    old = a_candidate("c", 0, inside("def find(sku):"), inside=False)
    assert "called-function" not in findings(a_case([old], [a_read()]), old)
    assert "called-function" not in findings(a_case([old], [a_read()], ranged=False), old)


def test_a_name_that_many_changed_says_less() -> None:
    changers = [a_candidate(digit, 0, inside("def find(sku):")) for digit in "abcd"]
    alone = a_case([changers[0], *(a_candidate(d, 0, a_patch("x.py")) for d in "efgh")], [a_read()])
    crowd = a_case([*changers, a_candidate("e", 0, a_patch("x.py"))], [a_read()])
    strength = [
        findings(case, case.candidates[0])["called-function"].strength for case in (alone, crowd)
    ]
    assert strength[0] > strength[1] > 0


@pytest.mark.parametrize(
    ("kind", "value", "line"),
    [
        ("KeyError", "'NO'", '    "NO": 3,'),
        ("AttributeError", "'Cart' object has no attribute 'weight'", "    def weight(self):"),
        ("ImportError", "cannot import name 'tax' from 'shop.prices'", "def tax(cart):"),
        ("ReferenceError", "shipping is not defined", "const shipping = rate();"),
    ],
)
def test_taking_away_what_the_error_misses_is_evidence(kind: str, value: str, line: str) -> None:
    culprit = a_candidate("c", 0, a_patch("shop/zones.py", removed=(line,), added=()))
    mover = a_candidate("d", 1, a_patch("shop/zones.py", removed=(line,), added=(line,)))
    case = a_case([culprit, mover])
    missed = (Raised(type=kind, value=value, frames=case.event.trace),)
    case = replace(case, event=replace(case.event, exceptions=missed))
    assert findings(case, case.candidates[0])["took-away"].strength == 1
    assert "took-away" not in findings(case, case.candidates[1])


def test_taking_away_a_use_of_the_missing_name_says_less_than_taking_away_the_name() -> None:
    giver = a_candidate("d", 1, a_patch("shop/zones.py", removed=('    "NO": 3,',), added=()))
    user = a_candidate(
        "c", 0, a_patch("a.py", removed=("    return rate(zone.NO, key)",), added=())
    )
    case = a_case([user, giver])
    missed = (Raised(type="KeyError", value="'NO'", frames=case.event.trace),)
    case = replace(case, event=replace(case.event, exceptions=missed))
    use, gift = (findings(case, one)["took-away"].strength for one in case.candidates)
    assert 0 < use < gift == 1


def test_git_tells_the_method_that_a_change_lies_in(tmp_path: Path) -> None:
    body = "class Cart:\n    def total(self):\n        a = 1\n        b = 2\n        return a\n"
    script = "export class Cart {\n  total(tax) {\n    const a = 1;\n    return a;\n  }\n}\n"
    git = GitRepo(tmp_path / "shop")
    first = git.commit("one", {"cart.py": body, "cart.js": script})
    second = git.commit(
        "two",
        {"cart.py": body.replace("b = 2", "b = 3"), "cart.js": script.replace("a = 1", "a = 2")},
    )
    (patch,) = Repo(git.path).patches(first, second)
    within = {file.path: next(opened(file.hunks[0])) for file in patch.files}
    assert within == {"cart.py": "total", "cart.js": "total"}
