"""Whether two texts of a file are the same program: trees equal but for comments and layout."""

from collections.abc import Iterator, Sequence

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
    first, second = _shape(_apart(before, after)), _shape(_apart(after, before))
    while True:
        one, other = next(first, None), next(second, None)
        if one != other:
            return False
        if one is None:
            return True


def _apart(one: Node, other: Node) -> list[Node]:
    """Of the first of two nodes, what is not spelled as in the second: most of a file is, and is
    not worth a walk. The same of both when asked for both in turn."""
    while True:
        mine, theirs = _telling(one), _telling(other)
        same = 0
        while same < min(len(mine), len(theirs)) and _alike(mine[same], theirs[same]):
            same += 1
        end = 0
        while end < min(len(mine), len(theirs)) - same and _alike(mine[-1 - end], theirs[-1 - end]):
            end += 1
        mine, theirs = mine[same : len(mine) - end], theirs[same : len(theirs) - end]
        if len(mine) != 1 or len(theirs) != 1 or mine[0].type != theirs[0].type:
            return mine
        if not mine[0].child_count or not theirs[0].child_count:
            return mine
        one, other = mine[0], theirs[0]


def _telling(node: Node) -> list[Node]:
    return [
        child for child in node.children if child.type not in _COMMENTS and not _documents(child)
    ]


def _alike(one: Node, other: Node) -> bool:
    return one.type == other.type and one.text == other.text


def _shape(nodes: Sequence[Node]) -> Iterator[tuple[str, bytes]]:
    """Every named node that means something, outer before inner; an empty name closes one."""
    waiting: list[Node | None] = list(reversed(nodes))
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
