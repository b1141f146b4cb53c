"""Failures that come from outside the code: another host away, slow, or refusing.

A network failure names no change by itself: its trace is the innocent code that asked. Only a
change of this deploy that wrote a line of the trace speaks against the outside world; one that
touched the functions around it is the tempting innocent.
"""

import re
from collections.abc import Iterable

from correlator.types import Event, Suspect

_TYPES = re.compile(
    r"\A(?:ConnectionError|ConnectionRefusedError|ConnectionResetError|ConnectionAbortedError|"
    r"BrokenPipeError|TimeoutError|timeout|gaierror|herror|URLError|ConnectTimeout|"
    r"ReadTimeout|WriteTimeout|PoolTimeout|ConnectError|ReadError|RemoteProtocolError|"
    r"RemoteDisconnected|IncompleteRead|ProxyError|MaxRetryError|NewConnectionError|"
    r"ConnectTimeoutError|ReadTimeoutError|NameResolutionError|ServerDisconnectedError|"
    r"ClientConnectorError|ClientConnectorDNSError|ServerTimeoutError|"
    r"EndpointConnectionError|ConnectException|SocketTimeoutException|"
    r"UnknownHostException|NoRouteToHostException|HttpConnectTimeoutException|"
    r"HttpTimeoutException|ConnectTimeoutException|ServiceUnavailableException)\Z"
)
_WORDS = re.compile(
    r"\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH"
    r"|connection refused|connection reset by peer|could not connect to server"
    r"|temporary failure in name resolution|name or service not known|no route to host"
    r"|server closed the connection unexpectedly|lost connection to \w{1,20} server"
    r"|socket hang up|fetch failed|503 service unavailable|502 bad gateway"
    r"|504 gateway time-?out|no space left on device|ENOSPC)\b",
    re.I,
)
ABOUT_THE_TRACE = frozenset({"blamed-line", "changed-line"})


def outside(event: Event) -> str | None:
    """What of the event speaks of another host, in a few words; None if nothing does."""
    for raised in event.exceptions:
        if _TYPES.match(raised.type.rpartition(".")[2]):
            return f"{raised.type} is what is raised when another host does not answer"
        if said := _WORDS.search(raised.value[:2000]):
            return f"the message says {said.group(0)!r}"
    return None


def changed_the_trace(suspects: Iterable[Suspect]) -> bool:
    """Whether the first suspect belongs to this deploy and wrote a line of the trace."""
    first = next(iter(suspects), None)
    return (
        first is not None
        and first.in_range
        and any(row.signal in ABOUT_THE_TRACE and row.points > 0 for row in first.evidence)
    )
