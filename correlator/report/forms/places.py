"""Where a report's pages are, and text that is safe to show."""

from dataclasses import dataclass
from urllib.parse import quote

# Marks that turn the reading direction: in a subject they can make a name read backwards.
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F}


@dataclass(frozen=True, slots=True)
class Places:
    """``site``: the installation's address; ``report``: the report's own, below it; ``query``:
    what a preview's address says of what it shows."""

    site: str
    report: str
    query: str = ""

    @property
    def whole(self) -> str:
        """The report's page."""
        return f"{self.site.rstrip('/')}{self.report}{self._asked()}"

    def listing(self, key: str) -> str:
        """The page of a list."""
        place = f"{self.report}/lists/{quote(key, safe='')}"
        return f"{self.site.rstrip('/')}{place}{self._asked()}"

    def path(self, path: str) -> str:
        """A page of the site; empty stays empty."""
        return f"{self.site.rstrip('/')}{quote(path, safe='/?=&%#')}" if path else ""

    def _asked(self) -> str:
        return f"?{self.query}" if self.query else ""


def plain(text: str, limit: int = 300) -> str:
    """One line that is only what it shows: no control characters, no marks that turn text."""
    shown = "".join(one if one.isprintable() and ord(one) not in _TURNING else " " for one in text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
