"""``/metrics`` for Prometheus: what this process counts, what the database knows of the rest, and
what a worker counted of it lately.

Labels come from closed lists: steps, sources, states, reasons; never from an event. Who may read
it: a holder of ``CORRELATOR_METRICS_TOKEN``, or anybody in the networks of
``CORRELATOR_METRICS_FROM`` (this machine alone, unless that is changed).
"""

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from correlator.errors import Transient
from correlator.settings import Settings
from correlator.store.session import reading
from correlator.store.tables import CountedRow
from correlator.store.upkeep import counts
from correlator.store.upkeep.gauges import Gauges, look
from correlator.store.upkeep.timings import NO_LIMIT, Bucket, heartbeats, timings
from correlator.world import World
from web.door import counters

# Read by name, so that another library's metrics never slip in.
OURS = (counters.ACCEPTED, counters.REFUSED, counters.UNWOKEN)

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
REFUSAL = (
    "Metrics are not for whoever asks from here. Send the token of CORRELATOR_METRICS_TOKEN as a"
    " bearer token, or add this network to CORRELATOR_METRICS_FROM.\n"
)


def blueprint(world: World) -> Blueprint:
    """The route, guarded."""
    metrics = Blueprint("metrics", __name__)

    @metrics.get("/metrics")
    def show() -> Response:
        if not _allowed(world.settings):
            return Response(REFUSAL, 403, content_type="text/plain; charset=utf-8")
        registry = CollectorRegistry()
        for counter in OURS:
            registry.register(counter)
        registry.register(_Database(world))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return metrics


def _allowed(settings: Settings) -> bool:
    token = settings.metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if not settings.trusted_proxies and any(name in request.headers for name in FORWARDED):
        return False  # the address is a proxy's, which speaks for anybody
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in ipaddress.ip_network(one) for one in settings.metrics_from)


class _Database(Collector):
    """Asks the database each time; says so itself when that does not answer."""

    def __init__(self, world: World) -> None:
        self._world = world

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        now = self._world.now()
        try:
            with reading(self._world.engine) as session:
                seen, buckets, beats = look(session, now), timings(session), heartbeats(session)
                counted = counts.newest(session)
        except Transient:
            yield _one("correlator_database_up", "Whether the database answers.", 0)
            return
        yield _one("correlator_database_up", "Whether the database answers.", 1)
        oldest = (now - seen.inbox_oldest).total_seconds() if seen.inbox_oldest else 0.0
        yield _one("correlator_inbox_waiting", "Deliveries not yet worked on.", seen.inbox_waiting)
        yield _one("correlator_inbox_oldest_seconds", "Age of the oldest of them.", oldest)
        yield _one(
            "correlator_issues_waiting", "Issues without a verdict yet.", seen.issues_waiting
        )
        yield from _states(seen)
        if counted:
            yield from _counted(counted, now)
        ages = {name: (now - at).total_seconds() for name, at in beats.items()}
        yield _by("correlator_heartbeat_seconds", "Seconds since it last showed life.", "of", ages)
        yield _histogram("correlator_step_seconds", "How long steps take.", "step", buckets)
        yield _histogram("correlator_git_seconds", "How long git takes.", "git", buckets)


def _states(seen: Gauges) -> Iterator[Metric]:
    yield _by("correlator_troubles_open", "Open trouble by step.", "step", seen.troubles)
    yield _by("correlator_repositories", "Repositories by state.", "state", seen.repositories)


def _counted(row: CountedRow, now: datetime) -> Iterator[Metric]:
    """What a worker counted, and how long ago."""
    age = (now - row.at).total_seconds()
    told = "Age of correlator_issues, correlator_verdicts and correlator_event_bytes."
    yield _one("correlator_counted_seconds", told, age)
    issues, verdicts = row.counts[counts.ISSUES], row.counts[counts.VERDICTS]
    yield _by("correlator_issues", "Issues by status.", "status", issues)
    what = "Verdicts in force: a culprit is named, or why none is."
    yield _by("correlator_verdicts", what, "outcome", verdicts)
    yield _one("correlator_event_bytes", "Bytes of stored events.", row.counts[counts.BYTES][""])


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _by(name: str, what: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _histogram(name: str, what: str, kind: str, buckets: list[Bucket]) -> Metric:
    """Each bucket as the running sum that Prometheus wants; the last one has no limit."""
    family = HistogramMetricFamily(name, what, labels=["name"])
    of_kind = [bucket for bucket in buckets if bucket.kind == kind]
    for each in sorted({bucket.name for bucket in of_kind}):
        mine = [bucket for bucket in of_kind if bucket.name == each]
        running, sums = 0, []
        for bucket in mine:
            running += bucket.times
            if bucket.upto != NO_LIMIT:
                sums.append((str(bucket.upto), running))
        family.add_metric(
            [each], [*sums, ("+Inf", running)], sum_value=sum(one.seconds for one in mine)
        )
    return family
