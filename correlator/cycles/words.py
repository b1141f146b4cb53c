"""What became of a fix, in words for a reader."""

SENTENCES = {
    "no fix": "No roll-out since it began is known to bring a fix.",
    "never deployed": "There is a fix, and no roll-out of it is known.",
}
HOUR = 3600.0
UNITS = {"calls": "calls", "sessions": "sessions", "time": "hours"}


def sentence(state: str, seconds: float, missing: str | None, because: str) -> str:
    """One sentence: ``Quiet for 3 h; sure in about 9 h at today's traffic``. ``seconds``: from the
    roll-out until it was decided, or until now."""
    quiet = f"Quiet for {span(seconds)}"
    if state == "too early":
        return f"{quiet}; {missing}." if missing else f"{quiet}."
    # What its canary had proved held as it went out to all.
    return f"{quiet}. {because}" if state == "held" and seconds >= HOUR else because


def needed(missing: float, hours: float | None, unit: str) -> str | None:
    """What is still needed to be sure, in hours at the pace so far, or else in its own unit."""
    if missing <= 0:
        return None
    if hours is not None:
        return f"sure in about {span(hours * 3600)} at today's traffic"
    return f"sure after {missing:,.0f} more {UNITS.get(unit, 'hours')}"


def span(seconds: float) -> str:
    """A length of time in one unit."""
    if seconds < 90 * 60:
        return f"{max(seconds / 60, 1):.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} d"


IN_A_LIST = {
    "held": "fix held",
    "too early": "fix too early to tell",
    "unexercised": "fix not exercised yet",
    "never deployed": "fix not rolled out",
    "came back": "fix did not hold",
    "reduced": "fix only reduced it",
    "": "came back after a fix",
}


def in_a_list(state: str, mark: str) -> str | None:
    """Where the fix stands, in the few words that a line of a list has room for; None where there
    is nothing to say. ``mark``: as ``store.fixes.marks`` tells it."""
    return None if mark == "none" else IN_A_LIST.get(state)
