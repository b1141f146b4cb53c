"""The pipelines that docs/gate.md shows are what their forges read, and call what there is."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from correlator.cli.gate import command

PAGE = (Path(__file__).parent.parent / "docs" / "gate.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def scripts() -> list[str]:
    """Every shell script in the examples."""
    action, step, job = (yaml.safe_load(text) for text in EXAMPLES)
    found = [one["run"] for one in action["jobs"]["gate"]["steps"] if "run" in one]
    found += [one["run"] for one in step]
    return [*found, "\n".join(job["gate"]["script"])]


def test_the_action_is_a_workflow_with_the_permissions_that_it_needs() -> None:
    said: Any = yaml.safe_load(EXAMPLES[0])
    # YAML 1.1 reads the key "on" as true; GitHub does not.
    assert set(said[True]) == {"pull_request", "pull_request_review"}
    assert said["permissions"] == {"contents": "read", "pull-requests": "write"}
    (job,) = said["jobs"].values()
    for one in job["steps"]:
        assert ("uses" in one) != ("run" in one)
    checkout = next(one for one in job["steps"] if "checkout" in one.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == 0


def test_the_gitlab_job_runs_for_merge_requests_on_a_whole_clone() -> None:
    job = yaml.safe_load(EXAMPLES[2])["gate"]
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert "merge_request_event" in job["rules"][0]["if"]
    assert job["allow_failure"]["exit_codes"] == [2]


@pytest.mark.parametrize("script", scripts())
def test_every_script_is_shell(script: str) -> None:
    without = re.sub(r"\$\{\{.*?\}\}", "x", script)
    subprocess.run(["bash", "-n"], input=without, text=True, check=True)


def test_every_option_of_the_gate_in_the_examples_exists() -> None:
    known = {name for one in command.params for name in one.opts}
    for script in scripts():
        for call in re.findall(r"correlator gate ((?:[^\n\\]|\\\n)*)", script):
            words = shlex.split(call.partition(">")[0].partition("|")[0])
            assert {word for word in words if word.startswith("--")} <= known
