"""Whether a new fingerprint is a failure that is known already, and the sentence that says why.

Rules over structure, each of which is enough by itself, and no threshold that was fitted: "most"
means more than half. Nothing is joined across projects, nor where somebody said what belongs
together. Of two candidates the one that the stronger rule names wins, then the one whose way
there agrees further, then the one whose words do, then the newer: so where a person has split two
that are alike, the next goes with the nearer of them.
"""

from collections.abc import Callable, Sequence

from correlator.grouping import places, wording
from correlator.grouping.failures import is_written
from correlator.types import Candidate, Join, Traits

MOST_MESSAGES = 32  # that one place is split by; another one goes with the nearest of them
HALF = 0.5
Rule = Callable[[Traits, Traits], str | None]


def join(new: Traits, known: Sequence[Candidate]) -> Join | None:
    """The candidate that the new one belongs to; None when it is a failure of its own."""
    for rule in RULES:
        found = [(one, because) for one in known if (because := rule(new, one.traits))]
        if found:
            best, because = max(
                found, key=lambda pair: (*_likeness(new, pair[0].traits), pair[0].fingerprint_id)
            )
            return Join(best, because)
    return _nearest(new, known)


def _same_words(new: Traits, old: Traits) -> str | None:
    """Told apart only by the way there, and the words agree to the letter."""
    if not _same_place(new, old) or new.lines != old.lines or new.causes != old.causes:
        return None
    if new.exact != old.exact and not _on_one_way(new, old):
        return None
    return f"same {new.type}, crash function and message, {_frames(new, old)}"


def _same_failing_line(new: Traits, old: Traits) -> str | None:
    """One statement on one way there, and the language complains in other words of it."""
    if new.where != old.where or not (new.by_interpreter and old.by_interpreter):
        return None
    if not (_same_statement(new, old) and _on_one_way(new, old)):
        return None
    raised = "another message" if new.type == old.type else f"{new.type} in place of {old.type}"
    return f"same failing line and call path, {_frames(new, old)}: {raised}"


def _most_words(new: Traits, old: Traits) -> str | None:
    """One way there, and most words of each line of the message agree."""
    if not _same_place(new, old) or new.causes != old.causes or not new.lines:
        return None
    if not _on_one_way(new, old) or wording.shared_words(new.lines, old.lines) <= HALF:
        return None
    return (
        f"same {new.type} and crash function, {_frames(new, old)}; most words of the message agree"
    )


def _same_raise(new: Traits, old: Traits) -> str | None:
    """The same whole ``raise`` statement."""
    if not _same_place(new, old) or not _is_whole_raise(new.statement):
        return None
    if new.statement != old.statement or new.causes != old.causes:
        return None
    if _on_one_way(new, old) or wording.shared_words(new.lines, old.lines) > HALF:
        return f"same {new.type} from the same raise statement, {_frames(new, old)}"
    return None


def _same_way_through_the_language(new: Traits, old: Traits) -> str | None:
    """The language raised it in one function on one long way; the line did not come along."""
    if not _same_place(new, old) or not (new.by_interpreter and old.by_interpreter):
        return None
    if new.statement or old.statement or new.path != old.path or len(new.path) < 2:
        return None
    return f"same {new.type} on the same call path of {len(new.path)} functions"


def _moved(new: Traits, old: Traits) -> str | None:
    """The function lies in another module, or its class is named by a newer SDK only."""
    if not _same_failure(new, old) or new.where == old.where:
        return None
    here, there = new.where.split(":", 1), old.where.split(":", 1)
    if here[0] == there[0] and not _is_unqualified(here[1], there[1]):
        return None
    if here[0] != there[0] and here[1] != there[1]:
        return None
    if not (_same_text(new, old) or _same_callers(new, old)):
        return None
    return f"same {new.type} and message; {old.where} is now {new.where}"


def _renamed(new: Traits, old: Traits) -> str | None:
    """The function has another name: its failing line and its callers are the same."""
    if not _same_failure(new, old) or new.where == old.where or len(new.path) < 2:
        return None
    if places.around(new.where) != places.around(old.where) or new.path[1:] != old.path[1:]:
        return None
    if not _same_text(new, old) or places.bare(new.where) == places.bare(old.where):
        return None
    return f"same {new.type}, message, failing line and callers; {old.where} is now {new.where}"


RULES: tuple[Rule, ...] = (
    _same_words,
    _same_failing_line,
    _most_words,
    _same_raise,
    _same_way_through_the_language,
    _moved,
    _renamed,
)


def _nearest(new: Traits, known: Sequence[Candidate]) -> Join | None:
    """A place whose messages never repeat is not split without end."""
    here = [one for one in known if _same_place(new, one.traits)]
    if len(here) < MOST_MESSAGES:
        return None
    best = max(
        here,
        key=lambda one: (
            wording.shared_words(new.lines, one.traits.lines),
            _agreeing(new, one.traits),
            one.fingerprint_id,
        ),
    )
    because = (
        f"same {new.type} and crash function, which has shown {len(here)} other messages: "
        "put with the nearest"
    )
    return Join(best, because, is_kept=False)


def _same_place(new: Traits, old: Traits) -> bool:
    return new.type == old.type and new.where == old.where


def _same_failure(new: Traits, old: Traits) -> bool:
    return (
        new.type == old.type
        and new.lines == old.lines
        and new.causes == old.causes
        and bool(new.lines or (new.by_interpreter and old.by_interpreter))
    )


def _same_statement(new: Traits, old: Traits) -> bool:
    """In one and the same function, where a line number of one release will do as well."""
    if new.statement and old.statement:
        return new.statement == old.statement
    return bool(new.at) and new.at == old.at


def _same_text(new: Traits, old: Traits) -> bool:
    return bool(new.statement) and new.statement == old.statement


def _is_whole_raise(statement: str) -> bool:
    return is_written(statement) and statement.count("(") == statement.count(")") > 0


def _on_one_way(new: Traits, old: Traits) -> bool:
    """Whether one way is the inner end of the other: the rest was cut off, or called from above."""
    length = min(len(new.path), len(old.path))
    return length > 0 and new.path[:length] == old.path[:length]


def _same_callers(new: Traits, old: Traits) -> bool:
    """Most callers agree, by their bare names, as modules may have moved with the function."""
    mine = [places.bare(name) for name in new.path[1:]]
    its = [places.bare(name) for name in old.path[1:]]
    length = 0
    for one, other in zip(mine, its, strict=False):
        if one != other:
            break
        length += 1
    return length > 0 and length > max(len(mine), len(its)) * HALF


def _is_unqualified(one: str, other: str) -> bool:
    return (
        one != other
        and places.bare(one) == places.bare(other)
        and one.count(".") * other.count(".") == 0
    )


def _likeness(new: Traits, old: Traits) -> tuple[int, float]:
    return _agreeing(new, old), wording.shared_words(new.lines, old.lines)


def _agreeing(new: Traits, old: Traits) -> int:
    return len(set(new.path) & set(old.path))


def _frames(new: Traits, old: Traits) -> str:
    count = max(len(set(new.path) - set(old.path)), len(set(old.path) - set(new.path)))
    if not count:
        return "no frame differs"
    return "one frame differs" if count == 1 else f"{count} frames differ"
