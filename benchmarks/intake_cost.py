"""What an event costs: CPU of the processes, per acknowledgement and per event digested.

    python -m benchmarks.intake_cost [EVENTS]

Runs the whole stack, makes its issues known, and then sends events of these known issues. CPU time
is the kernel's count of each process and its children (user and system), not the time that passed;
`web` includes the HTTP server, `worker` what Celery takes for itself.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.drill_load import Load, shots
from benchmarks.drill_site import Site, descendants, open_site

TICK = os.sysconf("SC_CLK_TCK")
KNOWN = range(20)
WHO = ("web", "worker", "beat", "broker")


def main() -> None:
    """Print CPU milliseconds an event, by process."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with ExitStack() as stack:
        home = stack.enter_context(TemporaryDirectory(prefix="cost-", ignore_cleanup_errors=True))
        site = stack.enter_context(open_site(Path(home)))
        send(site, 2 * len(KNOWN), rate=50)
        for rate in (50.0, 1000.0):
            print(measured(site, count, rate), flush=True)


def measured(site: Site, count: int, rate: float) -> str:
    """Send that many at that rate; what they cost, in a line."""
    before = used(site)
    load = send(site, count, rate)
    after = used(site)
    parts = ", ".join(f"{name} {1000 * (after[name] - before[name]) / count:.2f}" for name in WHO)
    return (
        f"{count} events at up to {rate:.0f}/s: CPU ms an event: {parts};"
        f" 95 of 100 answered within {1000 * load.p95():.0f} ms"
    )


def send(site: Site, count: int, rate: float) -> Load:
    """Send events of the known issues and wait until they are worked on."""
    load = Load(site, shots(count, KNOWN), rate).start()
    load.join(600)
    site.wait(lambda books: not books.waiting and not books.unexplained, 600)
    return load


def used(site: Site) -> Mapping[str, float]:
    """CPU seconds of each of the supervisor's children, with its own children, until now."""
    return {name: sum(map(_seconds, _family(site.pid_of(name)))) for name in WHO}


def _family(pid: int) -> list[int]:
    return [pid, *descendants(pid)]


def _seconds(pid: int) -> float:
    # Fields 14 to 17 of proc(5) stat: user and system time, own and of children waited for.
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, values)) / TICK


if __name__ == "__main__":
    main()
