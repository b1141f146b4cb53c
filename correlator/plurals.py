"""One or several: a number with the noun that it counts, the same on pages and in a terminal."""


def noun(number: float | None, one: str, several: str = "") -> str:
    """What a number counts, without the number; ``several`` where it is not ``one`` with an s."""
    return one if number == 1 else several or f"{one}s"


def many(number: int, one: str, several: str = "") -> str:
    """``1 commit``, ``2 commits``, ``1,200 commits``."""
    return f"{number:,} {noun(number, one, several)}"
