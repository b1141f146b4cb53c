"""An issue's kind for a page: what counts, why, what was said before, what would have caught it."""

from collections.abc import Sequence

from correlator.kinds.checks import checks_for
from correlator.store.classes import kinds
from correlator.store.tables import KindRow
from correlator.types import Kind
from web import present
from web.present import Shown


def choices() -> list[Shown]:
    """Every kind, for a menu: id, title, meaning, in the taxonomy's order."""
    return [_named(kind) for kind in Kind]


def shown(rows: Sequence[KindRow], platform: str) -> Shown:
    """The kind in force with its reason, or that nobody has looked yet; and the menu."""
    row = kinds.in_force(rows)
    if row is None:
        return {"known": None, "choices": choices(), "checks": [], "earlier": []}
    kind = Kind(row.kind) if row.kind in set(Kind) else Kind.UNCLASSIFIED
    return {
        "known": {
            **_named(kind),
            "certainty": row.certainty,
            "because": row.because,
            "source": row.source,
            "by_person": row.source == kinds.PERSON,
            "runner_up": present.kind(row.runner_up),
            "at": present.when(row.at),
        },
        "choices": choices(),
        "checks": [
            {
                "sort": check.sort,
                "advice": check.advice,
                "tool": check.tool,
                "rule": check.rule,
                "url": check.url,
            }
            for check in checks_for(kind, platform)
        ],
        "earlier": [_earlier(one) for one in reversed(rows) if one is not row],
    }


def _named(kind: Kind) -> Shown:
    return {"id": kind.value, "title": kind.label, "meaning": kind.meaning}


def _earlier(row: KindRow) -> Shown:
    return {
        "kind": present.kind(row.kind),
        "certainty": row.certainty,
        "because": row.because,
        "source": row.source,
        "at": present.when(row.at),
    }
