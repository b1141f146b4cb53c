"""`correlator demo`, before anything is started: what it may remove, and what it may not."""

from pathlib import Path

import pytest

from correlator.cli.demo import command
from correlator.errors import Permanent
from correlator.stack import hold


def demo(*arguments: str) -> None:
    command.main(list(arguments), standalone_mode=False)


def test_a_directory_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Permanent, match="no demo made"):
        demo("--data-dir", str(tmp_path), "--port", "0")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_demo_that_still_runs_is_not_pulled_away(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    (tmp_path / "correlator.sqlite").touch()
    running = hold(tmp_path)
    with pytest.raises(Permanent, match="Another Correlator"):
        demo("--data-dir", str(tmp_path), "--port", "0")
    assert (tmp_path / "correlator.sqlite").exists()
    running.file.close()
