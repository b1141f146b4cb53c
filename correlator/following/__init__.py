"""An issue's rows and its repository's mirror put together: what is meant to mend it, and whether
that held."""

from correlator.following.ground import Ground, ground_of
from correlator.following.telling import fixes_of, keep_unknown, tell

__all__ = ["Ground", "fixes_of", "ground_of", "keep_unknown", "tell"]
