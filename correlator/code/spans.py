"""Function and class spans of a source file, by tree-sitter grammars.

Grammars are loaded when a file of their language is first seen. A file too large or with lines
no person wrote (a minified bundle) has no spans: parsing it would cost seconds and say nothing.
"""

import importlib
from functools import cache, lru_cache
from pathlib import PurePosixPath

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from correlator.types import Span

SIZE_LIMIT = 1024 * 1024
LONGEST_LINE = 5000
_JS = """
[(function_declaration) (generator_function_declaration) (method_definition)] @function
(variable_declarator value: [(arrow_function) (function_expression)]) @function
(assignment_expression right: [(arrow_function) (function_expression)]) @function
(pair value: [(arrow_function) (function_expression)]) @function
(class_declaration) @class
"""
_JVM_LIKE = """
[(method_declaration) (constructor_declaration)] @function
[(class_declaration) (interface_declaration) (enum_declaration)] @class
"""
# suffixes: module, function that gives the grammar, query
_GRAMMARS: dict[tuple[str, ...], tuple[str, str, str]] = {
    (".py", ".pyi"): (
        "tree_sitter_python",
        "language",
        "(function_definition) @function (class_definition) @class",
    ),
    (".js", ".jsx", ".mjs", ".cjs"): (
        "tree_sitter_javascript",
        "language",
        _JS + "(field_definition value: (arrow_function)) @function",
    ),
    (".ts", ".mts", ".cts"): (
        "tree_sitter_typescript",
        "language_typescript",
        _JS + "(public_field_definition value: (arrow_function)) @function",
    ),
    (".tsx",): (
        "tree_sitter_typescript",
        "language_tsx",
        _JS + "(public_field_definition value: (arrow_function)) @function",
    ),
    (".java",): ("tree_sitter_java", "language", _JVM_LIKE),
    (".go",): (
        "tree_sitter_go",
        "language",
        "[(function_declaration) (method_declaration)] @function (type_declaration) @class",
    ),
    (".rb",): (
        "tree_sitter_ruby",
        "language",
        "[(method) (singleton_method)] @function [(class) (module)] @class",
    ),
    (".cs",): (
        "tree_sitter_c_sharp",
        "language",
        _JVM_LIKE + "[(local_function_statement) (property_declaration)] @function",
    ),
    (".php",): (
        "tree_sitter_php",
        "language_php",
        "[(function_definition) (method_declaration)] @function (class_declaration) @class",
    ),
    (".rs",): (
        "tree_sitter_rust",
        "language",
        "(function_item) @function [(impl_item) (struct_item) (trait_item)] @class",
    ),
}
_BY_SUFFIX = {suffix: grammar for many, grammar in _GRAMMARS.items() for suffix in many}
_NAMING = ("name", "left", "key", "property", "type")


@lru_cache(maxsize=64)
def spans(path: str, text: str) -> tuple[Span, ...]:
    """Functions and classes of a file, outer before inner; empty for an unknown language."""
    root = tree(path, text)
    if root is None:
        return ()
    _, query = _load(*_BY_SUFFIX[PurePosixPath(path).suffix.lower()])
    found = QueryCursor(query).captures(root)
    nodes = [(node, kind) for kind, many in found.items() for node in many]
    nodes.sort(key=lambda pair: (pair[0].start_byte, -pair[0].end_byte))
    return _nest(path, nodes)


def tree(path: str, text: str) -> Node | None:
    """The syntax tree; None for an unknown language, or a file too large to parse."""
    grammar = _BY_SUFFIX.get(PurePosixPath(path).suffix.lower())
    if grammar is None or len(text) > SIZE_LIMIT or _minified(text):
        return None
    parser, _ = _load(*grammar)
    return parser.parse(text.encode("utf-8", "replace")).root_node


def innermost(found: tuple[Span, ...], line: int, kind: str = "function") -> Span | None:
    """The smallest span of that kind that holds the line."""
    holding = [span for span in found if span.kind == kind and span.first <= line <= span.last]
    return min(holding, key=lambda span: span.last - span.first, default=None)


def _minified(text: str) -> bool:
    return any(len(line) > LONGEST_LINE for line in text.split("\n"))


@cache
def _load(module: str, function: str, query: str) -> tuple[Parser, Query]:
    language = Language(getattr(importlib.import_module(module), function)())
    return Parser(language), Query(language, query)


def _nest(path: str, nodes: list[tuple[Node, str]]) -> tuple[Span, ...]:
    made: list[Span] = []
    open_spans: list[tuple[int, str]] = []
    for node, kind in nodes:
        while open_spans and open_spans[-1][0] <= node.start_byte:
            open_spans.pop()
        outer = open_spans[-1][1] + "." if open_spans else ""
        name = (outer + _name(node))[:300]
        open_spans.append((node.end_byte, name))
        parent = node.parent
        start = parent if parent is not None and parent.type == "decorated_definition" else node
        first, last = start.start_point[0] + 1, node.end_point[0] + 1
        made.append(Span(path=path, name=name, kind=kind, first=first, last=last))
    return tuple(made)


def _name(node: Node) -> str:
    for field in _NAMING:
        child = node.child_by_field_name(field)
        if child is not None and child.text is not None:
            return child.text.decode("utf-8", "replace").rpartition(".")[2][:100]
    for child in node.named_children:  # Go: (type_declaration (type_spec name: ...))
        named = child.child_by_field_name("name")
        if named is not None and named.text is not None:
            return named.text.decode("utf-8", "replace")[:100]
    return "?"
