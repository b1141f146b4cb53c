"""How numbers and names read in every form."""

from math import isinf

from correlator.plurals import noun
from correlator.report.document import Figure, Measure
from correlator.statistics import Interval, RateRatio
from correlator.types import Author

_AUTHORS = {
    Author.AI: "AI",
    Author.MIXED: "AI and human",
    Author.HUMAN: "Human",
    Author.AUTOMATION: "Automation",
    Author.UNKNOWN: "Unknown",
}


def author(name: str) -> str:
    """A provenance for people."""
    return _AUTHORS[Author(name)] if name in set(Author) else _AUTHORS[Author.UNKNOWN]


def many(number: float, one: str, more: str = "") -> str:
    """A number with its noun: 1 issue, 2 issues."""
    return f"{count(number)} {noun(number, one, more)}"


def count(number: float) -> str:
    """A whole number with thin spaces between thousands; another with one decimal."""
    text = f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}")


def number(figure: Figure) -> str:
    """A figure as it is written; what is expected is marked as no plain count."""
    return ("≈" if figure.measure is Measure.EXPECTED else "") + count(figure.value)


def times(ratio: RateRatio | None) -> str:
    """How many times the rate before, with its interval; counts alone where there are too few."""
    if ratio is None:
        return "–"
    if not ratio.enough or ratio.ratio is None:
        return "too few to compare"
    return f"×{ratio.ratio:.2g} ({between(ratio.shown, '.2g')})"


def between(interval: Interval, form: str = ".0%") -> str:
    """An interval: from low to high."""
    high = "more" if isinf(interval.high) else format(interval.high, form)
    return f"{format(interval.low, form)} to {high}"
