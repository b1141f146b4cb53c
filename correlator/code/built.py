"""Which files a program wrote: bundles, minified and compiled code.

Nobody edits them, so blaming them names whoever ran the build. A name says so, a pointer to a
source map does, or lines that no person writes.
"""

import re

from correlator.code.spans import LONGEST_LINE

_NAMED = re.compile(
    r"(?:^|/)(?:dist|\.next|\.nuxt|\.output|__sapper__)/.*\.[cm]?js$"
    r"|[.-](?:min|bundle|chunk|prod)\.[cm]?js$"
)
_POINTS = re.compile(r"^[ \t]*//[#@] sourceMappingURL=", re.MULTILINE)
_SCRIPT = re.compile(r"\.[cm]?js$")


def is_script(path: str) -> bool:
    """Whether a bundler could have written a file of this name."""
    return _SCRIPT.search(path) is not None


def is_built(path: str, text: str) -> bool:
    """Whether a program wrote this file."""
    if not is_script(path):
        return False
    return bool(_NAMED.search(path) or _POINTS.search(text, max(0, len(text) - 4096))) or (
        "sourceMappingURL=data:" in text or is_minified(text)
    )


def is_minified(text: str) -> bool:
    """Whether it has lines that no person writes: nothing can be said of single lines there."""
    return any(len(line) > LONGEST_LINE for line in text.split("\n"))
