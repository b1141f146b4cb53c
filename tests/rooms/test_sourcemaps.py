"""Source maps: from a position in a bundle back to the line that a person wrote."""

import base64
import json
from typing import Any

import pytest

from correlator.code.sourcemaps import (
    LARGEST_MAPPINGS,
    BadMap,
    Original,
    candidates,
    inline_map,
    map_paths,
    named_map,
    originals,
)
from tests.bundles import encoded


def a_map(mappings: str, sources: list[str], **more: Any) -> bytes:
    return json.dumps(
        {"version": 3, "sources": sources, "names": [], "mappings": mappings, **more}
    ).encode()


def test_a_position_comes_from_the_last_segment_before_it() -> None:
    mappings = encoded([[(0, 0, 0, 0), (10, 0, 4, 2), (30, 1, 7, 0)]])
    body = a_map(mappings, ["a.ts", "b.ts"])
    asked = [(1, 1), (1, 11), (1, 30), (1, 31), (1, 500)]
    assert originals(body, asked) == {
        (1, 1): Original("a.ts", 1, 1),
        (1, 11): Original("a.ts", 5, 3),
        (1, 30): Original("a.ts", 5, 3),
        (1, 31): Original("b.ts", 8, 1),
        (1, 500): Original("b.ts", 8, 1),
    }


def test_sources_and_lines_count_on_over_the_lines_of_a_bundle() -> None:
    mappings = encoded([[(0, 0, 9, 0)], [], [(4, 1, 2, 6)], [(0, 0, 20, 1)]])
    found = originals(a_map(mappings, ["a.ts", "b.ts"]), [(3, 5), (4, 1), (2, 1), (9, 1)])
    assert found == {(3, 5): Original("b.ts", 3, 7), (4, 1): Original("a.ts", 21, 2)}


def test_a_position_that_the_bundler_made_up_has_no_original() -> None:
    assert originals(a_map("AAAA,UAAC,U", ["a.ts"]), [(1, 25)]) == {}


def test_a_root_stands_before_each_source() -> None:
    body = a_map("AAAA", ["a.ts"], sourceRoot="webpack://shop/")
    assert originals(body, [(1, 1)])[1, 1].source == "webpack://shop/a.ts"


def test_an_index_map_is_read_section_by_section() -> None:
    def section(line: int, column: int, source: str) -> dict[str, Any]:
        one = json.loads(a_map("AAAA;AACA", [source]))
        return {"offset": {"line": line, "column": column}, "map": one}

    sections = [section(0, 0, "a.ts"), section(2, 8, "b.ts")]
    body = json.dumps({"version": 3, "sections": sections}).encode()
    found = originals(body, [(1, 1), (3, 3), (3, 9), (4, 1)])
    assert found == {
        (1, 1): Original("a.ts", 1, 1),
        (3, 9): Original("b.ts", 1, 1),
        (4, 1): Original("b.ts", 2, 1),
    }


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>404</html>", "no JSON"),
        (b"[]", "version 3"),
        (b'{"version": 2, "sources": [], "mappings": ""}', "version 3"),
        (b'{"version": 3, "mappings": "AAAA"}', "no sources"),
        (b'{"version": 3, "sources": ["a"], "mappings": "A\\u00e9AA"}', "cannot be read"),
        (b'{"version": 3, "sources": ["a"], "mappings": "gggggggggggggggA"}', "cannot be read"),
        (b'{"version": 3, "sources": ["a"], "mappings": "AAAAAAAAAAAA"}', "cannot be read"),
        (b'{"version": 3, "sections": [{"offset": {}}]}', "section"),
        (b"[" * 100_000, "no JSON"),
        (
            b'{"version": 3, "sources": [], "mappings": "' + b";" * (LARGEST_MAPPINGS + 1) + b'"}',
            "more than",
        ),
    ],
)
def test_a_map_that_cannot_be_used_says_why(body: bytes, why: str) -> None:
    with pytest.raises(BadMap, match=why):
        originals(body, [(1, 1)])


def test_sources_that_the_map_does_not_list_are_nowhere() -> None:
    assert originals(a_map(encoded([[(0, 7, 0, 0)]]), ["a.ts"]), [(1, 1)]) == {}
    assert originals(a_map(encoded([[(0, 0, -5, 0)]]), ["a.ts"]), [(1, 1)]) == {}
    assert originals(b'{"version": 3, "sources": [null], "mappings": "AAAA"}', [(1, 1)]) == {}


def test_a_bundle_names_its_map_in_its_last_lines() -> None:
    assert named_map("x()\n//# sourceMappingURL=app.js.map\n") == "app.js.map"
    assert named_map("x()\n/*# sourceMappingURL=app.css.map */") == "app.css.map"
    assert named_map("x()\n//@ sourceMappingURL=old.map") == "old.map"
    assert named_map("s = '//# sourceMappingURL=no'; x()") is None


def test_a_bundle_may_hold_its_map() -> None:
    body = a_map("AAAA", ["a.ts"]) * 200
    url = "data:application/json;charset=utf-8;base64," + base64.b64encode(body).decode()
    assert inline_map(named_map(f"x()\n//# sourceMappingURL={url}\n") or "") == body
    with pytest.raises(BadMap, match="base64"):
        inline_map("data:application/json;base64,%%%")
    with pytest.raises(BadMap, match="neither"):
        inline_map("data:text/html,<b>")


@pytest.mark.parametrize(
    ("named", "paths"),
    [
        ("app.js.map", ("dist/js/app.js.map",)),
        ("../maps/app.js.map?v=2", ("dist/maps/app.js.map", "dist/js/app.js.map")),
        ("../../../../etc/passwd", ("dist/js/app.js.map",)),
        ("/etc/passwd", ("dist/js/app.js.map",)),
        ("https://cdn.example/x/other.map", ("dist/js/other.map", "dist/js/app.js.map")),
        (None, ("dist/js/app.js.map",)),
    ],
)
def test_a_map_lies_where_the_bundle_says_or_beside_it_and_never_outside(
    named: str | None, paths: tuple[str, ...]
) -> None:
    assert map_paths("dist/js/app.js", named) == paths


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("../src/cart.ts", "src/cart.ts"),
        ("cart.ts", "dist/cart.ts"),
        ("webpack://shop/./src/cart.ts?5c3f", "src/cart.ts"),
        ("webpack:///src/cart.ts", "src/cart.ts"),
        ("webpack:///../../src/cart.ts", "src/cart.ts"),
        ("/src/cart.ts", "src/cart.ts"),
        ("..\\src\\cart.ts", "src/cart.ts"),
        ("../../../../src/cart.ts", "src/cart.ts"),
        ("file:///home/ci/shop/src/cart.ts", "home/ci/shop/src/cart.ts"),
    ],
)
def test_a_source_is_looked_for_inside_the_repository_whatever_bundlers_write(
    source: str, path: str
) -> None:
    found = candidates(source, "dist/app.js.map")
    assert path in found
    assert not any(".." in one.split("/") or one.startswith("/") for one in found)
