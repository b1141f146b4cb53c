"""How far git is, on a line of stderr that is written over: only where somebody looks."""

import re
import sys

# What git says while it works, and nothing else that a server may send.
_PHASE = re.compile(r"\A(?:remote: )?((?:Counting|Compressing|Receiving|Resolving) [a-z]+: +\d+%)")


class Progress:
    """Hears what git says about one repository, and shows the percentages."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = ""
        sys.stderr.write(f"Fetching {name} …\n")

    def hear(self, said: str) -> None:
        """A piece of what git says."""
        for line in re.split(r"[\r\n]", said):
            if (phase := _PHASE.match(line)) and phase[1] != self._shown and sys.stderr.isatty():
                self._shown = phase[1]
                sys.stderr.write(f"\r\x1b[K{self._name}: {self._shown}")
                sys.stderr.flush()

    def end(self) -> None:
        """Leave the line clean."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
