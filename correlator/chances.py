"""A chance as people read it: the same on pages and in a terminal."""


def percent(chance: float) -> str:
    """A chance, 0 to 1, as whole percent; never 0% or 100% for what is not certain."""
    if 0 < chance < 0.01:
        return "<1%"
    return ">99%" if 0.99 < chance < 1 else f"{round(chance * 100)}%"
