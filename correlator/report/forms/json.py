"""JSON: the report as it is kept, with the address of every list."""

import orjson

from correlator.report.document import Report, as_plain
from correlator.report.forms.places import Places


def as_json(report: Report, places: Places) -> str:
    """One document; ``lists`` holds what each number was counted from."""
    plain = as_plain(report)
    plain["url"] = places.whole
    for key, listing in plain["lists"].items():
        listing["url"] = places.listing(key)
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode() + "\n"
