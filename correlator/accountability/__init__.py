"""The room that tells who stands behind a change: values in, ``Accountability`` out.

Who asked, who wrote, who looked at it and what that is worth, whose code it is. What a commit
message declares is a declaration; what a forge told us by a signed hook is its word.
"""

from correlator.accountability.account import Change, account
from correlator.accountability.codeowners import PLACES, Codeowners, read_codeowners
from correlator.accountability.people import People, actor_of, keys_of

__all__ = [
    "PLACES",
    "Change",
    "Codeowners",
    "People",
    "account",
    "actor_of",
    "keys_of",
    "read_codeowners",
]
