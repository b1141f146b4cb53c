"""Dependencies, schema and configuration, for the failures that only such changes cause.

No traced line shows them: the module that is not found, the column that is not there, the setting
that nobody set. A trace that ends in a library points to what pins that library.
"""

import re
from collections.abc import Callable

from correlator.ranking.case import Candidate, Case
from correlator.ranking.kinds_of_file import configures, makes_schema, pins_dependencies
from correlator.ranking.signals import Finding, signal

_NO_MODULE = re.compile(
    r"ModuleNotFoundError|No module named|Cannot find (?:module|package)|ClassNotFoundException"
    r"|NoClassDefFoundError|NoSuchMethodError|cannot load such file|DistributionNotFound"
    r"|ERR_MODULE_NOT_FOUND|cannot import name"
)
_NO_COLUMN = re.compile(
    r"no such (?:table|column)|(?:relation|column|table|type) \S{1,80} does not exist|doesn't exist"
    r"|Unknown (?:column|table)|has no column named|Undefined(?:Table|Column)|Invalid column name"
)
_NO_SETTING = re.compile(
    r"ImproperlyConfigured|environment variable|KeyError: '?[A-Z][A-Z0-9]*_[A-Z0-9_]+'?\Z"
    r"|missing (?:setting|configuration|config)|must be set\b|is not set\b",
)
_CAUSES: tuple[tuple[re.Pattern[str], Callable[[str], bool], str], ...] = (
    (_NO_MODULE, pins_dependencies, "which libraries there are"),
    (_NO_COLUMN, makes_schema, "the database's schema"),
    (_NO_SETTING, configures, "settings"),
)
# Such a library may fail for what it was handed, too.
_IN_A_LIBRARY = 0.5
# Without a range, all that ever changed such files is under suspicion.
_ANY_TIME = 0.3


@signal("fits-failure")
def fits_failure(case: Case, candidate: Candidate) -> Finding | None:
    """It changed the kind of file that causes this kind of failure."""
    if case.ranged and not candidate.in_range:
        return None
    share = 1.0 if case.ranged else _ANY_TIME
    paths = sorted(candidate.paths)
    for pattern, fits, what in _CAUSES:
        if not any(pattern.search(said) for said in case.complaints):
            continue
        if path := next(filter(fits, paths), None):
            because = f"it changed {what}, in {path}, and the error is of the kind that causes"
            return Finding(share, because, path)
    if case.ends_in_a_library and (path := next(filter(pins_dependencies, paths), None)):
        because = f"the trace ends in a library, and it changed {path}, which pins libraries"
        return Finding(share * _IN_A_LIBRARY, because, path)
    return None
