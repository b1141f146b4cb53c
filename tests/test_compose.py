"""compose.yaml: its form, and its commands and health checks run as plain processes.

There need be no container engine: what the engine would do (fill in variables, give each service
its environment, order, wait for health) is little, and done here. Host names and fixed ports become
those of this test; commands and health checks are run as they are written.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from correlator.store.session import open_engine
from tests import servers

ROOT = Path(__file__).resolve().parent.parent
GIVEN = {"POSTGRES_PASSWORD": "unused"}
OURS = ("web", "worker", "learner", "beat")
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:-|:\?)([^}]*))?\})")


def filled_in(value: Any, given: dict[str, str]) -> Any:
    """The value with ``${…}`` filled in as Compose does; KeyError for one that must be given."""

    def fill(match: re.Match[str]) -> str:
        dollar, name, how, rest = match.groups()
        if dollar:
            return "$"
        if given.get(name) or how != ":-":
            return given[name]
        return rest

    if isinstance(value, str):
        return VARIABLE.sub(fill, value)
    if isinstance(value, list):
        return [filled_in(part, given) for part in value]
    if isinstance(value, dict):
        return {key: filled_in(part, given) for key, part in value.items()}
    return value


def compose(given: dict[str, str] | None = None) -> Any:
    return filled_in(yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8")), given or GIVEN)


# --- its form ------------------------------------------------------------------------------------


def test_the_file_is_valid_by_the_schema_of_the_compose_specification() -> None:
    schema = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    rules = json.loads(schema.read_text("utf-8"))
    validator = jsonschema.validators.validator_for(rules)(rules)
    raw = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert [fault.message for fault in validator.iter_errors(raw)] == []
    raw["services"]["web"]["comand"] = "misspelt"
    assert not validator.is_valid(raw)


def test_it_does_not_start_without_a_database_password() -> None:
    with pytest.raises(KeyError, match="POSTGRES_PASSWORD"):
        compose({"CORRELATOR_WORKERS": "2"})


def test_every_service_that_is_waited_for_can_become_healthy_or_ends() -> None:
    services = compose()["services"]
    for service in services.values():
        for name, needed in service.get("depends_on", {}).items():
            if needed["condition"] == "service_healthy":
                assert "healthcheck" in services[name]
            else:
                assert services[name]["restart"] == "on-failure"
    assert {name for name in services if "healthcheck" not in services[name]} == {"migrate"}


def test_every_volume_is_declared_and_nothing_but_the_web_is_published() -> None:
    described = compose()
    used = {
        volume.partition(":")[0]
        for service in described["services"].values()
        for volume in service.get("volumes", [])
    }
    assert used == set(described["volumes"])
    assert [name for name, service in described["services"].items() if "ports" in service] == [
        "web"
    ]
    assert described["services"]["web"]["ports"] == ["127.0.0.1:8320:8320"]


def test_the_image_is_built_from_files_that_are_there_and_not_left_out() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copied = {
        source
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)


# --- its commands --------------------------------------------------------------------------------


@dataclass
class Stack:
    """The services of compose.yaml as processes on this machine."""

    directory: Path
    web_port: int
    redis_port: int
    postgres: servers.Postgres
    running: dict[str, servers.Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services = compose()["services"]

    def here(self, text: str) -> str:
        """What names a container's host, port or path, as it is here."""
        for theirs, ours in (
            (r"//correlator:[^@]*@postgres:5432/correlator", f"//{self._database}"),
            ("//redis:6379", f"//127.0.0.1:{self.redis_port}"),
            (r"0\.0\.0\.0:8320", f"127.0.0.1:{self.web_port}"),
            (r"127\.0\.0\.1:8320", f"127.0.0.1:{self.web_port}"),
            (r"(^|[ =])/data\b", rf"\g<1>{self.directory}"),
            ("^redis-cli", f"redis-cli -p {self.redis_port}"),
        ):
            text = re.sub(theirs, ours, text)
        return text

    @property
    def _database(self) -> str:
        return f"postgres@127.0.0.1:{self.postgres.port}/correlator"

    def environment(self, name: str) -> dict[str, str]:
        """What a service sees: PATH and its own ``environment``, nothing of this process's."""
        described = self.services[name].get("environment", {})
        programs = [sysconfig.get_path("scripts"), str(servers.postgres_programs())]
        return {
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgres.port),
            **{key: self.here(value) for key, value in described.items()},
        }

    def start(self, name: str) -> servers.Process:
        """Run a service's command."""
        command = [self.here(part) for part in self.services[name]["command"]]
        log = self.directory / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.running[name] = servers.Process(process, log)
        return self.running[name]

    def is_healthy(self, name: str) -> bool:
        """Run a service's health check once."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        words = [self.here(word) for word in words]
        command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words
        patience = float(self.services[name]["healthcheck"]["timeout"].removesuffix("s"))
        done = subprocess.run(
            command,
            env=self.environment(name),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            check=False,
        )
        return done.returncode == 0

    def stop(self, name: str) -> int:
        """As ``docker stop``: SIGTERM, then the time that the service is granted."""
        described = self.services[name].get("stop_grace_period", "10s")
        process = self.running.pop(name)
        process.stop_signal = signal.SIGTERM
        return process.stop(float(described.removesuffix("s")))


@pytest.fixture
def stack(postgres: servers.Postgres, tmp_path: Path) -> Iterator[Stack]:
    assert shutil.which("redis-server"), "install the package redis-server"
    postgres.execute("create role correlator superuser login")
    postgres.execute("create database correlator")
    made = Stack(tmp_path, servers.free_port(), servers.free_port(), postgres)
    made.services["redis"]["command"] += ["--port", str(made.redis_port), "--bind", "127.0.0.1"]
    yield made
    for process in made.running.values():
        process.kill()
    postgres.execute("drop database correlator with (force)")
    postgres.execute("drop role correlator")


def web_health(stack: Stack) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.web_port}/readyz", timeout=5) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


@pytest.mark.broker
@pytest.mark.timeout(240)
def test_its_services_start_get_healthy_take_an_event_and_stop(stack: Stack) -> None:
    assert stack.is_healthy("postgres")
    assert not stack.is_healthy("redis")
    redis = stack.start("redis")
    redis.wait_until(lambda: stack.is_healthy("redis"), "redis")

    assert stack.start("migrate").popen.wait(60) == 0, stack.running["migrate"].log.read_text()
    stack.running.pop("migrate")

    for name in OURS:
        assert not stack.is_healthy(name), f"{name} is healthy before it runs"
        stack.start(name)
    for name in OURS:
        stack.running[name].wait_until(lambda name=name: stack.is_healthy(name), name)  # type: ignore[misc]
    assert web_health(stack)["status"] == "ok"

    dsn = json.loads(run_in(stack, "web", "correlator", "project", "add", "shop", "--json"))["dsn"]
    accept_an_event(dsn)
    engine = open_engine(stack.environment("web")["CORRELATOR_DATABASE_URL"])
    stack.running["worker"].wait_until(lambda: issues(engine) == ["KeyError"], "the issue")
    engine.dispose()

    for name in OURS:
        assert stack.stop(name) == 0, name
        if name != "beat":  # its schedule stays fresh for minutes
            assert not stack.is_healthy(name), f"{name} is healthy though it ended"


def run_in(stack: Stack, service: str, *command: str) -> str:
    """As ``docker compose run --rm SERVICE COMMAND``; what it printed."""
    return subprocess.run(
        command,
        env=stack.environment(service),
        cwd=stack.directory,
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    ).stdout


def accept_an_event(dsn: str) -> None:
    scheme, rest = dsn.split("://")
    key, rest = rest.split("@")
    host, _, project = rest.rpartition("/")
    event = {
        "event_id": "a" * 32,
        "platform": "python",
        "timestamp": "2026-11-20T10:00:00Z",
        "exception": {"values": [{"type": "KeyError", "value": "'rate'"}]},
    }
    request = urllib.request.Request(
        f"{scheme}://{host}/api/{project}/store/",
        data=json.dumps(event).encode(),
        headers={
            "Content-Type": "application/json",
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def issues(engine: Any) -> list[str]:
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("select type from issue")]
