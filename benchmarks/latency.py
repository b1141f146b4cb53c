"""Event sent to verdict on the page: seconds, on the embedded default (SQLite, private Valkey).

    .venv/bin/python benchmarks/latency.py [EVENTS]

Starts `correlator up` in a temporary directory with the demo's repository and one deploy. Then
throws in its real code, each time as an issue that was never seen before, sends it with
sentry-sdk, and asks the issue list's JSON twin until the verdict is there. One after another: this
measures how long a person waits, not how much goes through.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sentry_sdk

from correlator.demo.building import build
from correlator.demo.house import House, open_house, own_settings
from correlator.demo.play import ENVIRONMENT, Stage, mark
from correlator.demo.score import read
from correlator.demo.shop import check_out

RELEASE, BEFORE = "checkout@1.8.2", "checkout@1.8.1"
ASK_EVERY = 0.02
LONGEST = 60.0
Site = Callable[[], object]


def sites() -> list[Site]:
    """Places of the deployed code, each of which throws."""
    from checkout import cart, catalog, ledger, orders, refunds  # type: ignore[import-not-found]
    from checkout.pricing import currency, tax  # type: ignore[import-not-found]
    from checkout.shipping import parcels, rates  # type: ignore[import-not-found]

    bulb = cart.read([{"sku": "BLB-E27"}])
    return [
        lambda: ledger.post([ledger.Entry("sales", 1)]),
        lambda: catalog.find("LMP-XXL"),
        lambda: parcels.choose_box(cart.Cart(())),
        lambda: tax.vat(bulb, "GL"),
        lambda: rates.price(bulb, "GL"),
        lambda: orders.place(cart.Cart(()), "DE"),
        lambda: refunds.refund(orders.place(bulb, "DE"), 0),
        lambda: currency.shown("all of it", "PL"),
    ]


def throw(site: Site, kind: str) -> None:
    """Raise what the site raises, under a type that nobody has seen: a new issue."""
    try:
        site()
    except Exception as fault:  # noqa: BLE001 - any of them is what we came for
        raise type(kind, (Exception,), {})(str(fault)).with_traceback(fault.__traceback__) from None


def wait_for(house: House, token: str, kind: str) -> str:
    """Ask until the issue of that type has its verdict; the verdict's state."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        for issue in house.get("/index.json", token)["issues"]:
            if issue["type"] == kind and issue["verdict"]["state"] != "waiting":
                return str(issue["verdict"]["state"])
        time.sleep(ASK_EVERY)
    raise SystemExit(f"no verdict on {kind} within {LONGEST:.0f} s")


def prepare(house: House, home: Path) -> Stage:
    """A project with its repository, two deploys, and the code of the second."""
    history = build(read("correlator.demo.history")[0], home / "checkout.git", datetime.now(UTC))
    project = house.command("project", "add", "checkout")
    house.command("repo", "add", "checkout", str(history.directory))
    token = house.command("token", "add", "latency", "--project", "checkout")["token"]
    stage = Stage(project["dsn"], house.settings.base_url, token, home / "deployed")
    for release in (BEFORE, RELEASE):
        mark(stage, release, history.releases[release], datetime.now(UTC))
    check_out(history.directory, history.releases[RELEASE], stage.deployed)
    sys.path.insert(0, str(stage.deployed))
    return stage


def measure(house: House, stage: Stage, count: int) -> list[float]:
    """Seconds from sending to verdict, in the order of sending."""
    sentry_sdk.init(dsn=stage.dsn, release=RELEASE, environment=ENVIRONMENT)
    sentry_sdk.set_tag("service", "checkout")
    places, took = sites(), []
    for number in range(count):
        kind = f"Fault{number:04}"
        start = time.perf_counter()
        try:
            throw(places[number % len(places)], kind)
        except Exception as fault:  # noqa: BLE001 - any of them is what we came for
            sentry_sdk.capture_exception(fault)
        state = wait_for(house, stage.token, kind)
        took.append(time.perf_counter() - start)
        print(f"{kind}  {took[-1]:6.3f} s  {state}", flush=True)
    return took


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory(prefix="correlator-latency-") as temporary:
        home = Path(temporary)
        with open_house(own_settings(home, 0)) as house:
            took = sorted(measure(house, prepare(house, home), count))
        p90 = took[min(len(took) - 1, int(len(took) * 0.9))]
        print(
            f"\n{count} new issues: median {statistics.median(took):.2f} s,"
            f" p90 {p90:.2f} s, longest {took[-1]:.2f} s"
        )


if __name__ == "__main__":
    main()
