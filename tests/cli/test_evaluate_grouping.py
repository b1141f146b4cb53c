"""``correlator evaluate grouping``: traces in, a line a trace out, labels unseen."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from correlator.cli.evaluate import command
from correlator.errors import Permanent


def a_trace(ident: str, function: str, *, project: str = "shop", text: str | None = None) -> Any:
    frame = {"filename": "a.py", "module": "a", "function": function, "lineno": 3, "in_app": True}
    return {
        "id": ident,
        "group": f"label-{ident}",
        "type": "KeyError",
        "value": "'x'",
        "frames": [{**frame, **({"context_line": text} if text else {})}],
        "chain": [{"type": "OSError", "value": "gone"}],
        "release": "1.0",
        "project": project,
    }


def evaluate(tmp_path: Path, *traces: Any) -> list[Any]:
    cases, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    cases.write_text("\n".join(map(json.dumps, traces)) + "\n")
    CliRunner().invoke(command, ["grouping", str(cases), "--out", str(out)], catch_exceptions=False)
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_each_trace_gets_its_issue_in_the_files_order(tmp_path: Path) -> None:
    told = evaluate(
        tmp_path, a_trace("t1", "f"), a_trace("t2", "g", text="x = y[k]"), a_trace("t3", "f")
    )
    assert [one["id"] for one in told] == ["t1", "t2", "t3"]
    assert [set(one) for one in told] == [{"id", "issue", "class", "kind"}] * 3
    first, second, third = (one["issue"] for one in told)
    assert first == third != second


def test_issues_never_span_projects(tmp_path: Path) -> None:
    one, two = evaluate(tmp_path, a_trace("t1", "f"), a_trace("t2", "f", project="blog"))
    assert one["issue"] != two["issue"]


def test_a_line_that_is_no_trace_is_named(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="Line 2 is not a trace"):
        evaluate(tmp_path, a_trace("t1", "f"), {"id": "t2"})


def test_what_went_wrong_alike_in_several_projects_gets_one_class(tmp_path: Path) -> None:
    alike = [
        a_trace(f"t{n}", "total", project=f"shop-{n}", text="return row['price'] * count")
        for n in range(7)
    ]
    told = evaluate(tmp_path, a_trace("other", "parse"), *alike)
    assert len({one["issue"] for one in told}) == 8
    assert told[0]["class"] is None
    assert len({one["class"] for one in told[1:]}) == 1
    assert told[1]["class"].startswith("1 ")


@pytest.mark.parametrize("given", [["grouping"], ["culprits", "--repo", "acme/shop=."]])
def test_a_file_without_cases_is_no_result(tmp_path: Path, given: list[str]) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text("\n")
    done = CliRunner().invoke(command, [*given, str(cases), "--out", "-"])
    assert isinstance(done.exception, Permanent)
    assert "nothing was" in str(done.exception)
