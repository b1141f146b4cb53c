"""``correlator compare``: the page's answer in a terminal, and the same numbers."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from correlator.cli.compare import command
from correlator.settings import Settings
from correlator.steps.compare import make_anew
from correlator.store.session import open_engine, transaction
from correlator.world import World
from tests.builders import NOW
from tests.changes import Made, keep_changes

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Compares these changes, then runs the command."""
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", sqlite_url)

    def answer(made: list[Made], *given: str) -> Result:
        if made:
            engine = open_engine(sqlite_url)
            settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url)
            with transaction(engine) as session:
                keep_changes(session, made)
            make_anew(World(settings=settings, engine=engine, now=lambda: NOW))
            engine.dispose()
        return CliRunner().invoke(command, list(given))

    return answer


def changes(ai: int, human: int) -> list[Made]:
    made = [
        Made(author=author, chances=(1.0,) if place < wrong else (), service=f"s{place % 3}")
        for author, wrong in (("ai", ai), ("human", human))
        for place in range(60)
    ]
    return [*made, *(Made(author="unknown") for _ in range(30))]


def test_it_says_what_may_be_said_with_counts_intervals_and_the_unknown(ask: Ask) -> None:
    told = ask(changes(24, 8))
    assert told.exit_code == 0
    assert "ai against human: more" in told.output
    assert "24 incidents in 60 changes against 8 incidents in 60 changes" in told.output
    assert "3.00 times as many per change, 95% 1.38 to 7.10" in told.output
    assert "unknown: 20%; were all of them ai: 2.00, human: 4.50" in told.output
    assert "counts, not reasons" in told.output


def test_neither_the_answer_nor_the_help_gives_a_reason(ask: Ask) -> None:
    for said in (ask(changes(24, 8)).output, ask([], "--help").output):
        assert not re.search(r"\b(because of|caus|due to|leads to|results? in)", said, re.I)
        assert not re.search(r"no difference(?! shown)", said, re.I)


def test_too_few_are_counts_and_exit_code_one(ask: Ask) -> None:
    told = ask(changes(3, 8))
    assert told.exit_code == 1
    assert "ai against human: counts only" in told.output
    assert "times as many" not in told.output
    assert "a true ratio of 1.7 would show in about" in told.output


def test_with_nothing_compared_it_says_what_that_takes(ask: Ask) -> None:
    told = ask([])
    assert told.exit_code == 1
    assert "deploy markers" in told.output
    assert json.loads(ask([], "--json").output) is None


def test_a_question_that_nobody_asked_is_worked_out_from_the_same_rows(ask: Ask) -> None:
    twin = json.loads(ask(changes(24, 8), "--by", "size", "--days", "77", "--service", "s1",
                          "--json").output)  # fmt: skip
    assert (twin["by"], twin["changes"]) == ("size", 40)


def test_both_tables_are_printed(ask: Ask) -> None:
    ratios = list(csv.DictReader(io.StringIO(ask(changes(24, 8), "--csv", "ratios").output)))
    assert (ratios[0]["word"], float(ratios[0]["ratio"])) == ("more", 3.0)
    assert float(ratios[0]["exact_low"]) < float(ratios[0]["mid_p_low"])
    arms = list(csv.DictReader(io.StringIO(ask([], "--csv", "arms").output)))
    share = next(one for one in arms if (one["arm"], one["figure"]) == ("ai", "needed_fix"))
    assert (share["count"], share["of"], float(share["value"])) == ("24", "60", 0.4)


def test_a_tool_by_an_odd_name_cannot_steer_the_terminal(ask: Ask) -> None:
    made = [replace(one, tool="x\x1b[2J") for one in changes(24, 8)]
    assert "\x1b" not in ask(made, "--by", "tool").output
