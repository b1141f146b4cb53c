"""What the culprit's diff did, as marks that move a guess and that the model reads.

Lines are looked at as text, in any language: a mark is a hint and never decides alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from correlator.types import FilePatch

MOST_LINES = 4_000
LONGEST_LINE = 1_000

_GUARDS = (
    " is not none", " is none", "!= none", "== none", "!= null", "== null", "!== null",
    "=== null", "!== undefined", "=== undefined", "?.", "??", "!= nil", "== nil", ".nil?",
    ".present?", ".blank?", "&.", "isset(", "is_null(", "optional", "hasattr(", "getattr(",
    "isempty()", ".haskey", " in ",
)  # fmt: skip
_BOUNDS = ("len(", ".length", ".size", ".count", "range(", "[:", ":-1", "+ 1", "- 1", "<=", ">=")
_CATCHES = ("except", "catch", "rescue", "recover()")
_HIDES = (
    "pass", "return none", "return null", "return nil", "return", "return {}", "return []",
    "return ''", 'return ""', "return false", "continue", "{}", "}",
)  # fmt: skip
_LOGS = ("log", "print(", "console.", "warn", "debug")
_IMPORTS = ("import ", "from ", "require(", "require ", "using ", "use ", "#include")
_SIGNATURES = ("def ", "function ", "func ", "fn ", "=> {", "async def ")
_WAITS = ("await ", "lock", "mutex", "synchronized", "atomic", "semaphore", "thread", "goroutine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the diff shows; every field is a feature of the model, under its name."""

    guard_removed: bool = False
    bound_changed: bool = False
    catch_added: bool = False
    catch_hides: bool = False
    import_added: bool = False
    signature_changed: bool = False
    await_removed: bool = False
    wait_touched: bool = False
    migration: bool = False
    placeholder_added: bool = False

    def named(self) -> Iterator[str]:
        """The names of the marks that are set."""
        return (one.name for one in fields(self) if getattr(self, one.name))


def marks(patch: tuple[FilePatch, ...]) -> Marks:
    """Read a diff. Cut after ``MOST_LINES`` lines: more is a vendor drop, not a change."""
    removed = [line for line in _lines(patch, removed=True)]
    added = [line for line in _lines(patch, removed=False)]
    kept = set(added)
    gone = [line for line in removed if line not in kept]
    new = [line for line in added if line not in set(removed)]
    return Marks(
        guard_removed=_lost(gone, new, _GUARDS),
        bound_changed=_has(gone, _BOUNDS) and _has(new, _BOUNDS),
        catch_added=_has(new, _CATCHES) and not _has(gone, _CATCHES),
        catch_hides=_hides(new),
        import_added=any(line.startswith(_IMPORTS) or "require(" in line for line in new),
        signature_changed=_has(gone, _SIGNATURES) and _has(new, _SIGNATURES),
        await_removed=_unawaited(gone, new),
        wait_touched=_has(gone + new, _WAITS),
        migration=any(_is_migration(one.path or one.old_path) for one in patch),
        placeholder_added=_has(new, ("todo", "fixme", "not implemented", "placeholder")),
    )


def added_imports(patch: tuple[FilePatch, ...], name: str) -> bool:
    """Whether the diff adds an import of that module or package."""
    wanted = name.lower()
    return any(
        wanted in line
        for line in _lines(patch, removed=False)
        if line.startswith(_IMPORTS) or "require(" in line
    )


def _lines(patch: tuple[FilePatch, ...], *, removed: bool) -> list[str]:
    found: list[str] = []
    for one in patch:
        for hunk in one.hunks:
            found += hunk.removed if removed else hunk.added
            if len(found) >= MOST_LINES:
                break
    return [line[:LONGEST_LINE].strip().lower() for line in found[:MOST_LINES]]


def _has(lines: list[str], words: tuple[str, ...]) -> bool:
    return any(word in line for line in lines for word in words)


def _lost(gone: list[str], new: list[str], words: tuple[str, ...]) -> bool:
    """More lines with such a word went than came: a guard moved to another line is still there."""
    before = sum(any(word in line for word in words) for line in gone)
    after = sum(any(word in line for word in words) for line in new)
    return before > after


def _hides(new: list[str]) -> bool:
    """A handler was added whose next lines drop the error, or only write it down."""
    for at, line in enumerate(new):
        if not any(word in line for word in _CATCHES):
            continue
        body = [one for one in new[at + 1 : at + 4] if one]
        if any(word in line for word in ("raise", "throw")) or any(
            one.startswith(("raise", "throw", "panic")) for one in body
        ):
            continue
        if body and (body[0] in _HIDES or any(word in body[0] for word in _LOGS)):
            return True
        if not body and line.endswith(("{}", "pass")):
            return True
    return False


def _unawaited(gone: list[str], new: list[str]) -> bool:
    """A line came back the same but for its ``await``."""
    came = set(new)
    return any("await " in line and line.replace("await ", "", 1) in came for line in gone)


def _is_migration(path: str) -> bool:
    return "migration" in path.lower() or "/migrate/" in path.lower() or "alembic" in path.lower()
