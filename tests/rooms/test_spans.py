"""Function and class spans in nine languages."""

import time

import pytest

from correlator.code.spans import innermost, spans


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.py", "class A:\n    @cached\n    def b(self):\n        pass\n", "A.b"),
        ("a.js", "class A {\n\n  b() {\n    return 1\n  }\n}\n", "A.b"),
        ("a.js", "exports.b =\n  function () {\n  return 1\n}\n", "b"),
        ("a.ts", "class A {\n  x: number\n  b = () => {\n    return 1\n  }\n}\n", "A.b"),
        ("a.tsx", "\n\nconst B = () => <i/>\n", "B"),
        ("A.java", "class A {\n  int x;\n  void b() {\n  }\n}\n", "A.b"),
        ("a.go", "package a\n\nfunc (a *A) B() {\n}\n", "B"),
        ("a.rb", "class A\n\n  def b\n  end\nend\n", "A.b"),
        ("A.cs", "class A {\n\n  void B() { }\n}\n", "A.B"),
        ("a.php", "<?php\nclass A {\n  function b() { }\n}\n", "A.b"),
        ("a.rs", "impl A {\n\n  fn b() { }\n}\n", "A.b"),
    ],
)
def test_the_function_that_holds_a_line_is_found(path: str, text: str, name: str) -> None:
    span = innermost(spans(path, text), 3)
    assert span is not None
    assert span.name == name


def test_a_decorator_belongs_to_its_function() -> None:
    span = innermost(spans("a.py", "@app.get('/')\ndef b():\n    return 1\n"), 1)
    assert span is not None
    assert (span.first, span.last) == (1, 3)


def test_the_innermost_of_nested_functions_is_meant() -> None:
    text = "def outer():\n    def inner():\n        return 1\n    return inner\n"
    found = spans("a.py", text)
    assert [innermost(found, line).short for line in (1, 2, 3, 4)] == [  # type: ignore[union-attr]
        "outer",
        "inner",
        "inner",
        "outer",
    ]


def test_a_minified_bundle_and_an_unknown_language_have_no_spans() -> None:
    assert spans("app.js", "function a(){};" * 2000) == ()
    assert spans("notes.xyz", "def a(): pass") == ()


def test_a_bundle_of_ten_thousand_lines_costs_no_seconds() -> None:
    text = "".join(f"function f{n}() {{\n  return {n}\n}}\n" for n in range(3500))
    began = time.monotonic()
    assert len(spans("bundle.js", text)) == 3500
    assert time.monotonic() - began < 5
