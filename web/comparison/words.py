"""The words of a comparison: what arms, units and lists are called.

They say what was counted and how surely, and nothing about why.
"""

from collections.abc import Iterator

from correlator.store.comparison.lists import Listed
from web.pages import Page

LABELS = {
    "ai": "AI", "mixed": "AI and human", "human": "Human", "automation": "Automation",
    "unknown": "Unknown", "person": "A person signed", "machine": "Only a machine signed",
    "nobody": "Nobody signed", "elsewhere": "All others", "several": "Several",
}  # fmt: skip
SUFFIX = {"session": " min", "size": " lines"}
PER = {
    "change": "per change", "thousand lines": "per 1000 lines changed", "day live": "per day live",
    "million calls": "per million calls",
}  # fmt: skip
UNITS = {
    "change": "changes", "thousand lines": "thousand lines", "day live": "days live",
    "million calls": "million calls",
}  # fmt: skip
TITLES = {
    "changes": "Changes", "compared": "Changes", "left_out": "Changes of no arm",
    "smaller": "Changes of smaller arms", "at_risk": "Changes watched, without an incident before",
    "ripe": "Changes that have had their 30 days",
    "young": "Changes younger than 30 days: in no figure per change or line",
    "sized": "Changes of 30 days with lines changed", "live": "Changes that were live",
    "called": "Changes of services whose calls are counted",
    "needed_fix": "Changes that needed a fix within 30 days",
    "taken_back": "Changes rolled back or reverted within 30 days",
    "fixes": "Changes that mend or revert others",
    "issues": "Issues", "incidents": "Incidents",
    "likely": "Incidents with their likely culprit there", "tried": "Incidents with attempts",
    "over": "Incidents that a fix ended",
    "open": "Incidents with attempts, none of which held yet",
    "untried": "Incidents that were closed without a fix that we saw",
    "nobody's": "Incidents that no deployed change is blamed for",
}  # fmt: skip
DRAWN = {
    "services": "whole services drawn anew",
    "people": "too few services, so all that a person changed was drawn anew together",
    "weeks": "too few services and people, so whole weeks were drawn anew",
}


def label(name: str, by: str = "") -> str:
    """An arm's name for a reader."""
    if name in LABELS:
        return LABELS[name]
    return (
        f"more than 1000{SUFFIX.get(by, '')}" if name == "more" else f"{name}{SUFFIX.get(by, '')}"
    )


def title(wanted: Listed, by: str) -> str:
    """What a list holds, in words."""
    words = TITLES[wanted.which]
    if wanted.cycles:
        words += f", {wanted.cycles} {'redeploy' if wanted.cycles == '1' else 'redeploys'}"
    if wanted.which == "at_risk":
        words += f" day {wanted.day}"
    if not wanted.arm:
        return words
    arm = f"{words}: {'all but ' if wanted.elsewhere else ''}{label(wanted.arm, by)}"
    return f"{arm} against {label(wanted.against, by)}" if wanted.against else arm


def notes(ratio: Page) -> Iterator[str]:
    """What a reader of the interval should know about it."""
    if ratio["imputed"]:
        yield "not every culprit is certain: chances are summed, and the interval carries them"
    if ratio["spread"] is not None and ratio["spread"] > 1.5:
        yield "incidents come together in few changes: widened"
    if ratio["clustered"]:
        yield DRAWN[ratio.get("drawn", "services")]
    if ratio["q"] is not None and ratio["q"] > 0.05 >= ratio["p"]:
        yield "among so many arms one would stand out by chance"
