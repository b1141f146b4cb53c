"""What is taken for a date: what git reads as one, and nothing that it would take for now."""

import pytest

from correlator.code.dates import a_date
from correlator.errors import Permanent


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01", "2026-06-01T12:00:00Z", "2026-06-01 12:00:00 +0200", "2 weeks ago",
        "2.weeks.ago", "yesterday", "last monday", "1 Jun 2026", "June 1, 2026", "three days ago",
        "1780000000", "now", "2026/06/01", "noon yesterday",
    ],
)  # fmt: skip
def test_what_git_reads_as_a_date_is_one(text: str) -> None:
    assert a_date(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "nonsense", "", "-", "v1.4.2", "main", "2026-02-30", "2026-13-01", "two fortnights ago",
        "2026-06-01" * 20, "ago", "last", "\0",
    ],
)  # fmt: skip
def test_what_git_would_take_for_this_very_moment_is_none(text: str) -> None:
    with pytest.raises(Permanent, match="is no date"):
        a_date(text)
