"""What is logged can be read by machines, and does a terminal no harm."""

import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog

from correlator.logs import LONGEST, set_up_logs


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def entries(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_entry_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", "INFO")
    structlog.get_logger("correlator.steps").info("step", step="digest", seconds=0.25, ids=(1, 2))
    (entry,) = entries(capsys)
    assert str(entry.pop("at")).endswith("Z")
    assert entry == {
        "event": "step",
        "level": "info",
        "logger": "correlator.steps",
        "step": "digest",
        "seconds": 0.25,
        "ids": "(1, 2)",
    }


def test_what_a_library_logs_looks_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", "INFO")
    logging.getLogger("celery.worker").warning("lost %s", "the broker")
    (entry,) = entries(capsys)
    assert (entry["event"], entry["level"], entry["logger"]) == (
        "lost the broker",
        "warning",
        "celery.worker",
    )


def test_less_than_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", "WARNING")
    structlog.get_logger("correlator").info("small talk")
    logging.getLogger("celery").info("small talk")
    assert entries(capsys) == []


def test_setting_up_again_does_not_log_twice(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("text", "INFO")
    set_up_logs("json", "INFO")
    structlog.get_logger("correlator").info("once")
    assert len(entries(capsys)) == 1


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_value_cannot_drive_a_terminal_or_forge_a_line(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(form, "INFO")
    structlog.get_logger("correlator").info("seen", value="\x1b[2Jgone\nlevel=error forged\u202e")
    out = capsys.readouterr().err
    assert out.count("\n") == 1
    assert "\x1b" not in out
    assert "\\u001b" not in out
    assert "\u202e" not in out
    assert "gone" in out


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_defect_is_logged_with_its_trace_but_without_its_values(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(form, "INFO")
    token = "".join(("hun", "ter2"))
    try:
        dict[int, str]()[len(token)]
    except KeyError:
        structlog.get_logger("correlator").exception("defect")
    out = capsys.readouterr().err
    assert "KeyError: 7" in out
    assert "[len(token)]" in out
    assert "hunter2" not in out


def test_a_long_value_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json", "INFO")
    structlog.get_logger("correlator").info("seen", value="x" * (LONGEST * 3))
    (entry,) = entries(capsys)
    assert len(str(entry["value"])) == LONGEST


def test_of_a_long_trace_the_end_is_kept_which_says_what_happened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("json", "INFO")
    try:
        raise ValueError("start" + "x" * (LONGEST * 9) + "the end")
    except ValueError:
        structlog.get_logger("correlator").exception("defect")
    (entry,) = entries(capsys)
    assert str(entry["exception"]).endswith("the end")
    assert len(str(entry["exception"])) <= LONGEST * 4
