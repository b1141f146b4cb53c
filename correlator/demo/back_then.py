"""Runs the demo's service in the past: what its SDK sends bears the time that a clock shows.

    python -m correlator.demo.back_then CLOCK MODULE

``CLOCK`` is a file that holds the time (ISO 8601); whoever calls the service sets it. A shop that
has been running for weeks cannot be shown in a minute otherwise. Only ``timestamp`` is changed;
what Correlator receives is an SDK's own work in every other way.
"""

import runpy
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.types import Event, Hint

SHUTDOWN_SECONDS = 60.0


def dated_by(clock: Path) -> Callable[[Event, Hint], Event]:
    """A hook for an SDK that dates what it sends by ``clock``."""

    def dated(sent: Event, _hint: Hint) -> Event:
        now = datetime.fromisoformat(clock.read_text("ascii")).isoformat()
        # By now it is what will be sent, in which times are text.
        dates = {name: now for name in ("timestamp", "start_timestamp") if name in sent}
        return cast(Event, {**sent, **dates})

    return dated


def main() -> None:
    """Run it as if it had been started by itself."""
    clock, module = Path(sys.argv[1]), sys.argv[2]
    begin, dated = sentry_sdk.init, dated_by(clock)

    def init(**options: Any) -> object:
        return begin(
            before_send=dated,
            before_send_transaction=dated,
            # Days of use are sent within a second: none of it is to be dropped.
            transport_queue_size=10_000,
            shutdown_timeout=SHUTDOWN_SECONDS,
            integrations=[AtexitIntegration(callback=lambda _waiting, _timeout: None)],
            **options,
        )

    vars(sentry_sdk)["init"] = init
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
