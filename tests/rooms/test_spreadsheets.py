"""What is written for a spreadsheet cannot be run by it."""

import csv
import io

import pytest

from correlator.spreadsheets import as_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_like_a_formula_is_marked_as_text(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv(["title"], [{"title": text}]), newline=""))
    assert row == {"title": f"'{text}"}


def test_numbers_and_what_is_not_there_stay_as_they_are() -> None:
    written = as_csv(["a", "b", "c"], [{"a": -1.5, "b": None, "c": "a=b"}])
    assert written == "a,b,c\r\n-1.5,,a=b\r\n"
