"""Our own errors go where sentry-sdk was told to, and never back into this installation."""

import subprocess
import sys
from pathlib import Path

import pytest

from correlator.errors import Permanent
from correlator.settings import Settings
from tests.sink import open_sink
from workers.reporting import leads_home, start

KEY = "a" * 32
# In a process of its own: sentry-sdk hooks into the libraries of the process it runs in.
FAILS = """
import sentry_sdk
from correlator.settings import load_settings
from workers.reporting import report, start

start(load_settings())
try:
    {}["our own mistake"]
except KeyError as defect:
    report(defect)
sentry_sdk.flush(5)
"""


def told(tmp_path: Path, dsn: str, script: str = FAILS) -> subprocess.CompletedProcess[str]:
    environment = {"CORRELATOR_DATA_DIR": str(tmp_path), "CORRELATOR_SENTRY_DSN": dsn}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_defect_of_ours_is_sent_where_the_dsn_says(tmp_path: Path) -> None:
    with open_sink() as there:
        done = told(tmp_path, f"http://{KEY}@{there.address}/7")
    assert done.returncode == 0, done.stderr
    (event,) = there.events
    assert event["exception"]["values"][-1]["type"] == "KeyError"
    assert event["release"].startswith("correlator@")


def test_a_defect_in_a_workers_step_is_sent_too(tmp_path: Path) -> None:
    step = FAILS.replace("start(load_settings())", "from workers.tasks import world\nworld()")
    with open_sink() as there:
        done = told(tmp_path, f"http://{KEY}@{there.address}/7", step)
    assert done.returncode == 0, done.stderr
    assert [one["exception"]["values"][-1]["type"] for one in there.events] == ["KeyError"]


def test_without_a_dsn_nothing_is_sent_and_the_defect_is_logged(tmp_path: Path) -> None:
    done = told(tmp_path, "")
    assert done.returncode == 0, done.stderr
    assert "our own mistake" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("dsn", "home"),
    [
        (f"http://{KEY}@127.0.0.1:8320/1", True),
        (f"http://{KEY}@localhost:8320/1", True),
        (f"https://{KEY}@errors.example.org/1", True),
        (f"https://{KEY}@elsewhere.example.org/1", False),
        (f"http://{KEY}@127.0.0.1:9000/1", False),
    ],
)
def test_an_address_that_leads_back_here_is_known(tmp_path: Path, dsn: str, home: bool) -> None:
    settings = Settings(data_dir=tmp_path, base_url="https://errors.example.org", port=8320)
    assert leads_home(dsn, settings) is home


def test_a_dsn_of_this_very_installation_stops_the_start(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "sentry_dsn": f"http://{KEY}@127.0.0.1:8320/1"}
    )
    with pytest.raises(Permanent, match="leads to this very installation"):
        start(settings)
