"""Which other services a failed request called: read off what the event itself recorded.

Breadcrumbs of HTTP clients, and addresses that an error message names. Nothing here is believed
further than that: a host maps to a service only where one of that very name was deployed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from correlator.types import Event

MOST_CALLS = 30
_CATEGORIES = frozenset({"http", "httplib", "fetch", "xhr", "httpx", "requests", "grpc", "rpc"})
_ADDRESS = re.compile(r"https?://[\w.-]{1,200}(?::\d{1,5})?(?:/[\w./%~-]{0,300})?")
_METHOD = re.compile(r"\A[A-Z]{3,7}\Z")
_TRANSACTION = re.compile(r"\A(?:([A-Z]{3,7}) )?(/\S{0,290})\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A request to another service: its host (empty: not told), method and path, and where from."""

    host: str
    method: str
    path: str
    told_by: str

    @property
    def shown(self) -> str:
        """Method and path, as a reader knows them."""
        return f"{self.method} {self.path}".strip()


def calls_made(event: Event) -> tuple[Call, ...]:
    """The calls that the event's breadcrumbs and messages tell of, the latest first, each once."""
    found = [*_of_crumbs(event), *_of_messages(event)]
    return tuple(dict.fromkeys(found))[:MOST_CALLS]


def call_served(event: Event) -> Call | None:
    """The request that this event was raised in, as its service knows it."""
    method = event.request.get("method")
    method = method if isinstance(method, str) and _METHOD.match(method) else ""
    if (address := _split(event.request.get("url"))) is not None:
        return Call("", method, address.path or "/", "request")
    if found := _TRANSACTION.match(event.transaction or ""):
        return Call("", found[1] or method, found[2], "transaction")
    return None


def is_called(service: str, calls: Iterable[Call]) -> Call | None:
    """The first call to a host that carries the service's name as one of its labels."""
    name = service.casefold()
    for call in calls:
        labels = call.host.casefold().split(".")
        if name and (name in labels or name == call.host.casefold()):
            return call
    return None


def _of_crumbs(event: Event) -> Iterator[Call]:
    for crumb in reversed(event.breadcrumbs):
        data = crumb.get("data")
        is_http = crumb.get("type") == "http" or crumb.get("category") in _CATEGORIES
        if not is_http or not isinstance(data, Mapping):
            continue
        if (address := _split(data.get("url"))) is not None and address.hostname:
            yield Call(address.hostname, _method(data), address.path or "/", "breadcrumb")


def _method(data: Mapping[str, Any]) -> str:
    method = data.get("method") or data.get("http.method") or ""
    return method if isinstance(method, str) and _METHOD.match(method) else ""


def _of_messages(event: Event) -> Iterator[Call]:
    texts = [raised.value for raised in event.exceptions] + [event.message, event.formatted]
    for text in texts:
        for found in _ADDRESS.finditer(text[:4000]):
            if (address := _split(found.group(0))) is not None and address.hostname:
                yield Call(address.hostname, "", address.path or "/", "message")


def _split(url: object) -> SplitResult | None:
    if not isinstance(url, str) or len(url) > 2000:
        return None
    try:
        address = urlsplit(url)
        _ = address.hostname
    except ValueError:
        return None
    return address if address.path or address.netloc else None
