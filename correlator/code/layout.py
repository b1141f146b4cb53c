"""Whether two texts of a file are the same program: trees equal but for comments and layout."""

from collections.abc import Iterator

from tree_sitter import Node

from correlator.code.spans import tree

# Parentheses around an expression, and the text that documents a function, change nothing.
_WRAPS = frozenset({"parenthesized_expression"})
_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "hash_bang_line"})
_STRINGS = frozenset({"string", "concatenated_string"})
_QUOTES = frozenset({"string_start", "string_end"})


def same_program(path: str, old: str, new: str) -> bool:
    """Whether nothing but comments, documentation strings and layout differs.

    False where the language is unknown, a file is too large, or either does not parse.
    """
    before, after = tree(path, old), tree(path, new)
    if before is None or after is None or before.has_error or after.has_error:
        return False
    first, second = _shape(before), _shape(after)
    while True:
        one, other = next(first, None), next(second, None)
        if one != other:
            return False
        if one is None:
            return True


def _shape(root: Node) -> Iterator[tuple[str, bytes]]:
    """Every named node that means something, outer before inner; an empty name closes one."""
    waiting: list[Node | None] = [root]
    while waiting:
        node = waiting.pop()
        if node is None:
            yield "", b""
            continue
        if node.type in _COMMENTS or _documents(node) or node.type in _QUOTES:
            continue
        inner = [child for child in node.children if child.is_named or not child.child_count]
        if node.type not in _WRAPS:
            if node.child_count == 0:
                text = node.text or b""
                if node.is_named or text.strip(b",;()\"'` \n"):
                    yield node.type if node.is_named else "", text
                continue
            yield node.type, b""
            waiting.append(None)
        waiting.extend(reversed(inner))


def _documents(node: Node) -> bool:
    """A statement that is nothing but a string."""
    return (
        node.type == "expression_statement"
        and node.child_count == 1
        and node.children[0].type in _STRINGS
    )
