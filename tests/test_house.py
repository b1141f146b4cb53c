"""The house rules that neither the linter nor the import contracts can say."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from correlator.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
OURS = ("correlator", "workers", "web")
LONGEST_MODULE = 400
LONGEST_TEST = 600
PATTERN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "base",
    "manager",
    "handler",
    "common",
    "misc",
}
# Written once and never edited: the demo's history, and the schema's.
WRITTEN_ONCE = ("correlator/demo/history/", "correlator/store/migrations/versions/")
# Beside the settings, who reads the environment: only to hand a child what it needs of it.
READS_ENVIRONMENT = {"correlator/settings.py", "correlator/code/git.py", "correlator/stack.py"}
STARTS_PROCESSES = {"correlator/code/git.py", "correlator/supervisor.py"}
READS_CLOCK = {"correlator/world.py"}
# A command at a terminal is where the time of a run without a world comes in.
COMMANDS = "correlator/cli/"
# A forge, a chat, another Correlator are asked through http.py. The others speak to this
# installation's own server and broker: a deploy marker from a pipeline, health checks.
SPEAKS_OUTWARD = {"correlator/http.py", "correlator/cli/deploy.py"}
SPEAKS_TO_OURSELVES = {"correlator/stack.py", "correlator/doctor/machine.py"}
# The demo plays the world outside: its service has an environment, a process and a clock.
OUTSIDE = ("correlator/demo/", "correlator/cli/demo.py")


def tracked(*patterns: str) -> list[str]:
    """Paths that git knows, or would with ``git add -A``, and that exist."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def our_modules() -> list[str]:
    return [
        name
        for name in tracked("*.py")
        if name.startswith(OURS) and not name.startswith(WRITTEN_ONCE)
    ]


def nodes(name: str) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse((ROOT / name).read_text("utf-8")))


def who_names(*dotted: str) -> set[str]:
    """Modules in which one of these dotted names is used or imported."""

    def named(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

    return {
        module
        for module in our_modules()
        if not module.startswith(OUTSIDE)
        and any(name in dotted for node in nodes(module) for name in named(node))
    }


def test_only_the_settings_read_the_environment() -> None:
    assert who_names("os.environ", "os.getenv", "os.environb") <= READS_ENVIRONMENT


def test_git_has_one_door() -> None:
    assert who_names("subprocess", "os.system", "os.popen", "os.execv") <= STARTS_PROCESSES
    quoted = {
        module
        for module in our_modules()
        for node in nodes(module)
        if isinstance(node, ast.List | ast.Tuple)
        and node.elts
        and isinstance(node.elts[0], ast.Constant)
        and node.elts[0].value == "git"
        and len(node.elts) > 1
        and isinstance(node.elts[1], ast.Starred | ast.Constant)
    }
    assert quoted <= {"correlator/code/git.py"}


def test_the_clock_is_read_in_one_place_and_handed_on() -> None:
    clocks = who_names("datetime.now", "datetime.utcnow", "datetime.today", "time.time")
    assert {name for name in clocks if not name.startswith(COMMANDS)} <= READS_CLOCK


def test_outward_http_has_one_door() -> None:
    clients = who_names(
        *("httpx", "httpcore", "requests", "urllib.request", "urllib3", "aiohttp", "http.client"),
        *("urllib.request.urlopen", "socket.create_connection"),
    )
    assert clients - SPEAKS_TO_OURSELVES <= SPEAKS_OUTWARD
    sockets = who_names("socket", "socket.socket")
    assert sockets <= SPEAKS_TO_OURSELVES | {"correlator/http.py"}


def test_a_name_says_the_subject_and_not_the_pattern() -> None:
    named = {part.removesuffix(".py") for name in tracked("*.py") for part in Path(name).parts}
    assert named & PATTERN_NAMES == set()


def test_no_module_outgrows_its_name() -> None:
    lengths = {
        name: len((ROOT / name).read_text("utf-8").splitlines())
        for name in [*our_modules(), *tracked("tests/*.py")]
    }
    assert {
        name: length
        for name, length in lengths.items()
        if length > (LONGEST_TEST if name.startswith("tests/") else LONGEST_MODULE)
    } == {}


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        name
        for name in [*our_modules(), *tracked("tests/*.py")]
        if (source := (ROOT / name).read_text("utf-8")).strip()
        and not ast.get_docstring(ast.parse(source))
    ]
    assert silent == []


def test_nothing_tracked_names_this_machine() -> None:
    common = subprocess.run(
        ["git", "rev-parse", "--path-format=absolute", "--git-common-dir"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    here = {f"{ROOT}/".encode(), f"{Path(common.strip()).parent}/".encode()}
    telling = [
        name for name in tracked() if any(place in (ROOT / name).read_bytes() for place in here)
    ]
    assert telling == []


def test_nothing_that_the_tests_or_the_program_need_is_ignored_by_git() -> None:
    ignored = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", *OURS, "tests"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    assert [name for name in ignored if "__pycache__" not in name] == []


def test_no_test_is_skipped_or_allowed_to_fail() -> None:
    words = re.compile(r"\b(skipif|xfail|importorskip|pytest\.skip|mark\.skip)\b")
    soft = [
        name
        for name in tracked("tests/*.py")
        if name != "tests/test_house.py" and words.search((ROOT / name).read_text("utf-8"))
    ]
    assert soft == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_what_is_installed_is_pinned_by_hash_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {
        "requirements.lock": project["dependencies"] + extras["build"],
        "requirements-dev.lock": project["dependencies"] + extras["build"] + extras["dev"],
    }
    for lock, requirements in wanted.items():
        text = (ROOT / lock).read_text("utf-8")
        locked = set(re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==", text, re.MULTILINE))
        names = {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in requirements}  # type: ignore[index]
        assert names - locked == set(), f"{lock} is behind pyproject.toml: ./run lock"


def test_both_locks_agree() -> None:
    def versions(lock: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))

    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_every_setting_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    expected = [setting_row(name) for name in Settings.model_fields]
    rows = [line for line in page.splitlines() if line.startswith("| `CORRELATOR_")]
    assert rows == expected


def setting_row(name: str) -> str:
    """The line of ``docs/settings.md`` on a setting: what this test says it must be."""
    field = Settings.model_fields[name]
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = ",".join(str(part) for part in default)
    if default == "":
        shown = "(empty)"
    else:
        shown = f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
    return f"| `CORRELATOR_{name.upper()}` | {shown} | {field.description} |"
