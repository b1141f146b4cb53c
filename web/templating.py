"""What templates may call: times for a reader, chances as percent, code in colour."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Flask
from markupsafe import Markup

from correlator import chances
from correlator.plurals import noun
from correlator.world import World
from web.issues import highlight

# Marks that turn the reading direction: in a subject they can make a name read backwards.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F))
_CONTROL = dict.fromkeys((*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)))
_UNSEEN = _TURNING | _CONTROL
_ANY_UNSEEN = re.compile(f"[{re.escape(''.join(map(chr, _UNSEEN)))}]")

STEPS = ((60, "s", 1), (3600, "min", 60), (86_400, "h", 3600), (30 * 86_400, "d", 86_400))
YEAR = 365 * 86_400


def register(app: Flask, world: World) -> None:
    """Give the templates their words."""

    def ago(iso: str | None) -> Markup:
        return _time(iso, lambda at: distance((world.now() - at).total_seconds()))

    def exact(iso: str | None, bucket_seconds: float = 60) -> Markup:
        clock = "%H:%M" if bucket_seconds >= 60 else "%H:%M:%S"

        def words(at: datetime) -> str:
            day = "%d %b" if at.year == world.now().year else "%d %b %Y"
            return f"{at:{day} {clock}}"

        return _time(iso, words)

    app.jinja_env.finalize = _plain
    app.jinja_env.filters.update(
        highlight=lambda texts, path: highlight.lines(path, texts),
        ago=ago,
        exact=exact,
        span=span,
        library_runs=library_runs,
        percent=percent,
        count=count,
        many=many,
        noun=noun,
        points=points,
        figure=figure,
    )


def _plain(value: object) -> object:
    """What a template prints, without control characters and marks that turn text around."""
    # Most of thousands of words a page have none: to look is quicker than to write them anew.
    if not isinstance(value, str) or not _ANY_UNSEEN.search(value):
        return value
    kept = value.translate(_UNSEEN)
    return Markup(kept) if isinstance(value, Markup) else kept  # noqa: S704


def _time(iso: str | None, words: Callable[[datetime], str]) -> Markup:
    if iso is None:
        return Markup('<span class="none">never</span>')
    at = datetime.fromisoformat(iso)
    full = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, full, words(at))


def library_runs(frames: Iterable[dict[str, Any]]) -> list[tuple[bool, list[dict[str, Any]]]]:
    """Frames in runs of library code (True) and one's own, in their order."""
    runs = groupby(frames, key=lambda frame: frame["in_app"] is False)
    return [(library, list(run)) for library, run in runs]


def distance(seconds: float) -> str:
    """How long ago, in one unit: ``4 min ago``; what lies ahead is ``in 4 min``."""
    size = abs(seconds)
    text = next(
        (f"{int(size // unit)} {name}" for below, name, unit in STEPS if size < below),
        f"{int(size // (30 * 86_400))} mo" if size < YEAR else f"{int(size // YEAR)} y",
    )
    if size < 1:
        return "now"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def span(seconds: float) -> str:
    """A length of time in the largest unit that keeps it above one."""
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.2g} s"


def percent(chance: float | None) -> str:
    """A chance as whole percent; a dash where there is none."""
    return "–" if chance is None else chances.percent(chance)


def count(number: int | None) -> str:
    """A number to read: thin spaces between thousands."""
    return "–" if number is None else f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def many(number: int | None, one: str, several: str = "") -> str:
    """A number with what it counts: ``1 commit``, ``2 commits``; ``several`` where it is no -s."""
    return f"{count(number)} {noun(number, one, several)}"


def figure(number: float) -> str:
    """A measured number in three figures, never with an exponent."""
    if number >= 100:
        return count(round(number))
    return f"{number:.3g}" if number >= 0.001 or number == 0 else "<0.001"


def points(number: float) -> str:
    """Points with their sign."""
    return f"{number:+.2f}".replace("-", "\N{MINUS SIGN}")
