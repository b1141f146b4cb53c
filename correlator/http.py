"""The only outward HTTP: what this installation asks of a forge, a chat, or another Correlator.

Whoever names an address here may be wrong or hostile, so: https, or a host that an admin listed
as private (``CORRELATOR_PRIVATE_HOSTS``); a name that leads to a private address is not called
unless it is listed, and the address that was checked is the one that is called (no second look-up
that could answer otherwise); redirects only within the same origin; answers capped while they are
read. A fault says what to do; one that may pass is Transient, a rate limit says for how long.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from correlator import __version__
from correlator.errors import Permanent, Transient

LARGEST = 16 * 1024 * 1024
MOST_REDIRECTS = 3
TIMEOUT = 20.0
# However slowly an answer trickles in, it ends after this many seconds.
LONGEST = 120.0
# A limit that does not say when it ends.
LIMIT_SECONDS = 60.0
LONGEST_WAIT = 24 * 3600.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Lookup = Callable[[str, int], Collection[str]]


class NotThere(Permanent):
    """404: there is no such thing, or the token may not see it."""


class Throttled(Transient):
    """The other side wants us to wait ``seconds`` (from now) before we ask again."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """A status below 400 (or 304), headers by lower-case name, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def json(self) -> Any:
        """The body as JSON. Transient if it is none: an answer that was cut off, mostly."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as fault:
            raise Transient(
                f"{origin_of(self.url)} sent something that is not whole JSON ({fault}). "
                "It is asked again; if it stays so, is the address that of an API?"
            ) from fault

    def link(self, relation: str) -> str | None:
        """The address of a ``Link`` header's relation (RFC 8288), as pagination uses it."""
        found = httpx.Response(200, headers={"link": self.headers.get("link", "")}).links
        target = found.get(relation, {}).get("url")
        return urljoin(self.url, target) if target else None


def addresses_of(host: str, port: int) -> Collection[str]:
    """The addresses that a name leads to, in the order they are to be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class Outward:
    """Asks and tells over HTTP, within ``with``. ``private``: hosts that may lie at private
    addresses, and be spoken to without TLS. ``headers`` go with every request, but to ``home``
    (an origin) only."""

    now: Callable[[], datetime]
    private: Collection[str] = ()
    home: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    largest: int = LARGEST
    timeout: float = TIMEOUT
    lookup: Lookup = addresses_of
    _clients: dict[str, httpx.Client] = field(default_factory=dict, init=False, repr=False)

    def __enter__(self) -> "Outward":
        return self

    def __exit__(self, *_: object) -> None:
        while self._clients:
            self._clients.popitem()[1].close()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET. 304 comes back as an answer; any other status that is not 2xx is a fault."""
        return self._ask("GET", url, headers or {}, b"")

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """POST; never redirected, for a POST that is sent again as something else is lost."""
        return self._ask("POST", url, headers or {}, body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(method, url, headers, body)
            if answer.status not in _REDIRECTS:
                return self._judged(answer)
            target = urljoin(url, answer.headers.get("location", ""))
            if method != "GET" or origin_of(target) != origin_of(url):
                raise Permanent(
                    f"{origin_of(url)} sends us on to {origin_of(target)}, which is not followed. "
                    "Give that address, if it is the right one."
                )
            url = target
        raise Permanent(f"{origin_of(url)} sends us around in a circle. Is the address right?")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        host, port, addresses = self._reached(url)
        fault: Exception | None = None
        for address in addresses:
            try:
                return self._called(method, url, (host, port, address), {**headers}, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as failed:
                fault = failed
            except httpx.HTTPError as failed:
                raise _unreachable(url, failed) from failed
        raise _unreachable(url, fault) from fault

    def _called(
        self,
        method: str,
        url: str,
        where: tuple[str, int, str],
        headers: dict[str, str],
        body: bytes,
    ) -> Answer:
        """One request to one checked address; TLS still asks for the certificate of the name."""
        host, _, address = where
        own = self.headers if origin_of(url) == origin_of(self.home or url) else {}
        given = {"user-agent": f"correlator/{__version__}", **own, **headers}
        parts = urlsplit(url)
        given["host"] = parts.netloc
        at = httpx.URL(url).copy_with(host=address)
        client = self._client(origin_of(url))
        request = client.build_request(
            method, at, headers=given, content=body, extensions={"sni_hostname": host}
        )
        answer = client.send(request, stream=True)
        try:
            held = self._read(answer, url)
        finally:
            answer.close()
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, named, held, url)

    def _client(self, origin: str) -> httpx.Client:
        """One for each origin: names that share an address must not share a connection."""
        if origin not in self._clients:
            self._clients[origin] = httpx.Client(
                verify=_tls(), trust_env=False, timeout=self.timeout
            )
        return self._clients[origin]

    def _read(self, answer: httpx.Response, url: str) -> bytes:
        held, until = bytearray(), time.monotonic() + LONGEST
        for part in answer.iter_bytes(64 * 1024):
            held += part
            if len(held) > self.largest:
                raise Permanent(
                    f"{origin_of(url)} answered with more than {self.largest} bytes. "
                    "Is the address that of an API?"
                )
            if time.monotonic() > until:
                raise Transient(f"{origin_of(url)} took more than {LONGEST:g} s to answer.")
        return bytes(held)

    def _reached(self, url: str) -> tuple[str, int, Collection[str]]:
        """Host, port and the addresses that may be called. Permanent for any that may not."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").casefold(), parts.port
        except ValueError as fault:
            raise Permanent("The address is not well formed: check its host and port.") from fault
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise Permanent("Only https:// addresses without a user or password can be called.")
        listed = host in {one.casefold() for one in self.private}
        if parts.scheme == "http" and not listed:
            raise Permanent(
                f"http://{host} would be spoken to unencrypted. Use https://, or list the host in "
                "CORRELATOR_PRIVATE_HOSTS if it is in your own network."
            )
        port = port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = self.lookup(host, port)
        except OSError as fault:
            raise Transient(f"The name {host} cannot be looked up: {fault}.") from fault
        for address in () if listed else addresses:
            if not ipaddress.ip_address(address.partition("%")[0]).is_global:
                raise Permanent(
                    f"{host} leads to {address}, which is a private address. If that is right, "
                    f"list it: CORRELATOR_PRIVATE_HOSTS={host}"
                )
        return host, port, addresses

    def _judged(self, answer: Answer) -> Answer:
        status, where = answer.status, origin_of(answer.url)
        if status < 300 or status == 304:
            return answer
        if (seconds := self._held_off(answer)) is not None:
            raise Throttled(f"{where} wants us to wait {seconds:.0f} s: a rate limit.", seconds)
        said = _said(answer)
        if status == 401:
            raise Permanent(f"{where} answered 401{said}: the token is wrong, or has run out.")
        if status == 403:
            raise Permanent(
                f"{where} answered 403{said}: the token may not read this. Give it read access."
            )
        if status == 404:
            raise NotThere(
                f"{where} answered 404{said} for {urlsplit(answer.url).path[:200]}: there is no "
                "such thing, or the token may not see it."
            )
        if status >= 500 or status in (408, 425):
            raise Transient(f"{where} answered {status}{said}. It is tried again.")
        raise Permanent(f"{where} answered {status}{said}.")

    def _held_off(self, answer: Answer) -> float | None:
        """For how many seconds to wait; None if the answer is no rate limit.

        ``Retry-After`` (RFC 9110), else GitHub's ``x-ratelimit-*`` and GitLab's ``ratelimit-*``.
        """
        heads = answer.headers
        spent = "0" in (heads.get("x-ratelimit-remaining"), heads.get("ratelimit-remaining"))
        after = heads.get("retry-after", "")
        if answer.status != 429 and not (answer.status in (403, 503) and (spent or after)):
            return None
        told = _after(after, self.now())
        reset = heads.get("x-ratelimit-reset") or heads.get("ratelimit-reset") or ""
        if told is None and spent and reset.isdecimal() and len(reset) < 12:
            # Their clock, not ours, says how far away that is.
            theirs = _moment(heads.get("date", "")) or self.now()
            told = int(reset) - theirs.timestamp() + 1
        return min(max(told if told is not None else LIMIT_SECONDS, 1.0), LONGEST_WAIT)


def origin_of(url: str) -> str:
    """Scheme, host and port: what a credential belongs to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "an address that is not well formed"
    shown = f":{port}" if port and port != {"http": 80, "https": 443}.get(parts.scheme) else ""
    return f"{parts.scheme}://{(parts.hostname or '').casefold()}{shown}"


@cache
def _tls() -> ssl.SSLContext:
    """Authorities that httpx brings along, and those of this machine: a company's own."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _unreachable(url: str, fault: Exception | None) -> Transient:
    said = str(fault or "")[:200] or type(fault).__name__
    return Transient(f"{origin_of(url)} could not be reached: {said}.")


def _said(answer: Answer) -> str:
    """The other side's own words, short and printable."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    words = said.get("message") or said.get("error") or said.get("detail") if isinstance(
        said, dict
    ) else None  # fmt: skip
    shown = "".join(one for one in str(words or "")[:200] if one.isprintable())
    return f" ({shown})" if shown else ""


def _after(text: str, now: datetime) -> float | None:
    """``Retry-After``: seconds, or a date."""
    if text.isdecimal() and len(text) < 9:
        return float(text)
    at = _moment(text)
    return (at - now).total_seconds() if at else None


def _moment(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
