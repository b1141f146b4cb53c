"""Real regressions through the running intake: the rank of the culprit on the page, and whether
`correlator explain` gives the identical ranking.

    .venv/bin/python benchmarks/through_intake.py CASES.jsonl --repo OWNER/NAME=PATH [--take 3]

Starts `correlator up` in a temporary directory, mirrors the repository, tells of the deploys as a
pipeline would, sends each case's event to the envelope door, and reads the issue's JSON twin.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from correlator.demo.house import COMMAND, House, open_house, own_settings

LONGEST = 120.0
ASK_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a case: the page's ranking, the terminal's, and the seconds to the page."""

    page: list[str]
    terminal: list[str]
    seconds: float


def main() -> None:
    """Send the cases one after another and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--repo", required=True, metavar="OWNER/NAME=PATH")
    parser.add_argument("--take", type=int, default=3)
    given = parser.parse_args()
    name, _, where = given.repo.partition("=")
    path = Path(where).resolve()
    cases = [
        case
        for case in map(json.loads, given.cases.read_text("utf-8").splitlines())
        if case["repo"] == name and case["previous_deploy_sha"]
    ][: given.take]
    with tempfile.TemporaryDirectory(prefix="correlator-cases-") as temporary:
        settings = own_settings(Path(temporary), 0)
        settings = settings.model_copy(update={"allowed_repository_paths": (path,)})
        with open_house(settings) as house:
            seen = (_send(house, case, path, number) for number, case in enumerate(cases))
            same = [_tell(case, one) for case, one in zip(cases, seen, strict=True)]
    sys.exit(0 if all(same) else 1)


def _send(house: House, case: dict[str, Any], path: Path, number: int) -> Seen:
    slug = f"case-{number}"
    project = house.command("project", "add", slug)
    # Each case is a project of its own: deploys of one must not be the other's.
    house.command("repo", "add", slug, str(path), "--project", slug)
    token = house.command("token", "add", slug)["token"]
    event = {**case["event"], "timestamp": time.time()}
    for sha in (case["previous_deploy_sha"], case["deployed_sha"]):
        release = event["release"] if sha == case["deployed_sha"] else sha
        house.command(
            *("deploy", "--project", slug, "--release", release, "--revision", sha),
            *("--environment", event.get("environment", "production")),
        )
    start = time.monotonic()
    _envelope(project["dsn"], event)
    page = _wait(house, token, slug)
    took = time.monotonic() - start
    return Seen(page, _explained(case, event, path), took)


def _envelope(dsn: str, event: dict[str, Any]) -> None:
    scheme, _, rest = dsn.partition("://")
    key, _, place = rest.partition("@")
    host, _, project = place.partition("/")
    lines = [json.dumps({"event_id": event["event_id"]}), json.dumps({"type": "event"})]
    httpx.post(
        f"{scheme}://{host}/api/{project}/envelope/",
        content="\n".join([*lines, json.dumps(event)]).encode(),
        headers={"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"},
        timeout=30,
    ).raise_for_status()


def _wait(house: House, token: str, slug: str) -> list[str]:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        issues = house.get(f"/index.json?project={slug}", token)["issues"]
        if issues and issues[0]["verdict"]["state"] != "waiting":
            shown = house.get(f"/issues/{issues[0]['id']}.json", token)
            return [suspect["sha"] for suspect in shown["suspects"]]
        time.sleep(ASK_EVERY)
    raise SystemExit(f"{slug}: no verdict within {LONGEST:.0f} s")


def _explained(case: dict[str, Any], event: dict[str, Any], path: Path) -> list[str]:
    done = subprocess.run(
        [
            *(*COMMAND, "explain", "--repo", str(path), "--event", "-", "--json"),
            *("--deployed", case["deployed_sha"], "--previous", case["previous_deploy_sha"]),
        ],
        input=json.dumps(event).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    return [suspect["sha"] for suspect in json.loads(done.stdout)["verdict"]["suspects"]]


def _tell(case: dict[str, Any], seen: Seen) -> bool:
    places = [at for at, sha in enumerate(seen.page, 1) if sha in case["culprit_shas"]]
    same = seen.page == seen.terminal
    print(
        f"{case['id']:<32} culprit at {places[0] if places else '-':>2} of {len(seen.page)},"
        f" page after {seen.seconds:5.1f} s, explain {'the same' if same else 'DIFFERS'}",
        flush=True,
    )
    return same


if __name__ == "__main__":
    main()
