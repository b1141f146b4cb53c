"""A sender that keeps its own books: which events were answered 200, and how all others were.

It sends what was not accepted again until it is, as a careful client would. So at the end the
accepted ids must be the stored ids, whatever happened in between; an id that was answered 200 and
is not stored was a lie.
"""

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from benchmarks.drill_site import RELEASES, Site, function, line_of

ANSWER_SECONDS = 30.0
# A sender that waited as long as it is told would only make the drills longer.
LONGEST_WAIT = 1.0
SENDERS = 6


@dataclass(frozen=True, slots=True)
class Shot:
    """An event to send, and the function that throws it."""

    event_id: str
    function: str
    body: bytes


def shots(count: int, issues: range) -> list[Shot]:
    """Events with an id each, in turn for each of these issues."""
    return [_shot(issues[number % len(issues)]) for number in range(count)]


def _shot(issue: int) -> Shot:
    event_id = uuid.uuid4().hex
    frame = {"filename": "shop/steps.py", "module": "shop.steps", "in_app": True}
    frame |= {"function": function(issue), "lineno": line_of(issue)}
    frame |= {"context_line": f"    return order[{issue}]"}
    raised = {"type": "KeyError", "value": str(issue), "stacktrace": {"frames": [frame]}}
    payload = json.dumps(
        {
            "event_id": event_id,
            "timestamp": datetime.now(UTC).isoformat(),
            "platform": "python",
            "environment": "production",
            "release": RELEASES[-1],
            "exception": {"values": [raised]},
        }
    ).encode()
    head = json.dumps({"event_id": event_id}).encode()
    item = json.dumps({"type": "event", "length": len(payload)}).encode()
    return Shot(event_id, function(issue), b"\n".join([head, item, payload, b""]))


@dataclass
class Load:
    """Events on their way from ``SENDERS`` threads at ``rate`` events a second in all.

    ``answers`` counts what each try came to: a status, or ``no answer``; ``bad`` holds refusals
    that did not say when to come back.
    """

    site: Site
    shots: list[Shot]
    rate: float
    accepted: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0
    _began: float = 0.0
    _given_up: bool = False

    def start(self) -> "Load":
        """Begin to send; comes back at once."""
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()
        return self

    def join(self, patience: float) -> None:
        """Wait until all are accepted."""
        end = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._given_up = True
        for thread in self._threads:
            thread.join(ANSWER_SECONDS + LONGEST_WAIT)

    def when(self, share: float, do: Callable[[], object], patience: float = 120.0) -> float:
        """Do something once that share of the events was accepted; when that was (monotonic)."""
        end = time.monotonic() + patience
        while len(self.accepted) < share * len(self.shots) and time.monotonic() < end:
            time.sleep(0.01)
        at = time.monotonic()
        do()
        return at

    def slowest(self) -> float:
        """Seconds that the slowest 200 took."""
        return max(self.took, default=0.0)

    def p95(self) -> float:
        """Seconds within which 95 of 100 answers of 200 came."""
        return sorted(self.took)[int(len(self.took) * 0.95) - 1] if self.took else 0.0

    def _send_all(self) -> None:
        while (shot := self._take()) is not None:
            while not self._given_up and not self._send(shot):
                pass

    def _take(self) -> Shot | None:
        with self._lock:
            if self._next == len(self.shots) or self._given_up:
                return None
            number, self._next = self._next, self._next + 1
        time.sleep(max(0.0, self._began + number / self.rate - time.monotonic()))
        return self.shots[number]

    def _send(self, shot: Shot) -> bool:
        """Whether it was accepted; waits a little if not."""
        began = time.monotonic()
        try:
            status, retry_after = self._post(shot)
        except (OSError, http.client.HTTPException):
            status, retry_after = 0, None
        with self._lock:
            self.answers[str(status or "no answer")] += 1
            if status == 200:
                self.accepted.add(shot.event_id)
                self.took.append(time.monotonic() - began)
                return True
            if status and (status != 503 or not (retry_after or "").isdigit()):
                self.bad.append(f"{status} with Retry-After {retry_after}")
        time.sleep(min(LONGEST_WAIT, float(retry_after or 0.2)))
        return False

    def _post(self, shot: Shot) -> tuple[int, str | None]:
        where = urlsplit(self.site.address)
        line = http.client.HTTPConnection(
            where.hostname or "", where.port or 80, timeout=ANSWER_SECONDS
        )
        try:
            headers = {"X-Sentry-Auth": f"Sentry sentry_key={self.site.dsn_key}"}
            line.request("POST", f"/api/{self.site.project}/envelope/", shot.body, headers)
            answer = line.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Retry-After")
        finally:
            line.close()
