"""Figures that are in everybody's mouth, what they really measured, and what is measured here.

None of them was measured as ours are; they stand beside them so that nobody compares unlike things.
"""

from typing import Any

from web.comparison.pictures import two_or_three
from web.pages import Page

_LIGHTRUN = {
    "source": "Lightrun, 2026 State of AI-Powered Engineering Report",
    "asked": "200 directors and above in SRE and DevOps of large enterprises (US, UK, EU; 2026)",
}
FIGURES: tuple[dict[str, Any], ...] = (
    {
        "name": "43%",
        "claim": "of AI-written changes need debugging in production",
        "measured": "the mean of what leaders estimated of their own organisation; no change was "
        "counted, so it has no interval",
        "ours": "share of changes with an incident within 30 days that had to be mended",
        **_LIGHTRUN,
    },
    {
        "name": "88%",
        "claim": "need two or three redeploys to verify a fix that AI suggested",
        "measured": "a share of the organisations asked (Wilson: 83% to 92%), not of fixes; 11% "
        "said four to six, none said one",
        "ours": "share of mended incidents that took two or three redeploys",
        **_LIGHTRUN,
    },
    {
        "name": "1.7 times",
        "claim": "as many issues in AI-written pull requests",
        "source": "CodeRabbit, State of AI vs Human Code Generation Report (December 2025)",
        "asked": "470 open-source pull requests: 320 with signs of AI, 150 without",
        "measured": "remarks of one AI reviewer per pull request (10.83 to 6.45), none of them in "
        "production; published without an interval",
        "ours": "ratio of issues per change, AI to human",
    },
    {
        "name": "38%",
        "claim": "of the developers' week goes into debugging and checking AI-written code",
        "measured": "the mean of what leaders estimated of their developers' time; nobody's time "
        "was measured",
        "ours": None,
        **_LIGHTRUN,
    },
)


def beside(found: Page | None) -> list[Page]:
    """The public figures, and what was counted here if changes are told apart by author."""
    return [{**one, "here": _here(one["name"], found) if found else None} for one in FIGURES]


def _here(name: str, found: Page) -> Page | None:
    arm = next((one for one in found["arms"] if one["name"] == "ai"), None)
    if arm is None:
        return None
    if name == "43%":
        needed: Page = arm["needed_fix"]
        return needed
    if name == "88%":
        return two_or_three(arm)
    if name == "1.7 times":
        return _ratio(found)
    return None


def _ratio(found: Page) -> Page | None:
    issues = (
        ratio
        for one in found["versus"]
        if (one["arm"], one["against"]) == ("ai", "human")
        for ratio in one["ratios"]
        if (ratio["of"], ratio["unit"]) == ("issues", "change") and ratio["enough"]
    )
    one = next(issues, None)
    if one is None:
        return None
    shown = {"ratio": one["ratio"], "interval": one["shown"], "word": one["word"]}
    return {**shown, "from": one["issues"]}
