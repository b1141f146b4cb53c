"""What the door counts, for Prometheus. Labels come from closed lists, never from a sender."""

from prometheus_client import Counter

ACCEPTED = Counter(
    "correlator_deliveries_total",
    "Deliveries that were answered 200: kept, known already, or nothing in it that is kept.",
    ("source", "outcome"),
)
REFUSED = Counter(
    "correlator_refused_total", "Deliveries that were turned away, by reason.", ("route", "reason")
)
UNWOKEN = Counter(
    "correlator_lost_wakeups_total",
    "Wake-ups that the broker did not take. Nothing is lost: the sweep finds the work.",
)
