"""Events made by sentry-sdk itself, from programs that fail inside well-known libraries.

They hold no one's data: every value is invented here, paths are rewritten to where such programs
usually lie, addresses and host names are replaced. The same interpreter and libraries make the
same events again.
"""

import csv
import decimal
import io
import json
import re
import sqlite3
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import flask
import httpx
import jinja2
import pydantic
import redis
import sentry_sdk
import sqlalchemy as sa
from redis.backoff import NoBackoff
from redis.retry import Retry
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration
from sentry_sdk.transport import Transport

from correlator.sources.sentry_event import parse_event
from correlator.types import Event

_HERE = Path(__file__).resolve().parent
# What betrays the machine, longest first, and what stands there instead.
PLACES = sorted(
    (
        (sysconfig.get_path("platlib"), "/usr/local/lib/python3.11/site-packages"),
        (sysconfig.get_path("stdlib"), "/usr/local/lib/python3.11"),
        (str(_HERE), "/app/shop"),
        (str(_HERE.parent), "/app"),
        (sys.prefix, "/usr/local"),
        (sys.base_prefix, "/usr/local"),
        ("benchmarks.made_events", "shop.tasks"),
        ("benchmarks/made_events", "shop/tasks"),
        ("made_events", "tasks"),
    ),
    key=lambda place: -len(place[0]),
)
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ADDRESS = re.compile(
    r"(?:(?<=0x)|(?<=memory:)|(?<=Thread-)|(?<=:1_))[0-9a-f]{6,16}|(?<=started )\d+"
)
SECONDS = re.compile(r"\b\d{1,9}\.\d{5,9}\b")
IDENTIFIER = re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b")
VARIANTS = 6
WORDS = ("orders", "carts", "invoices", "users", "sessions", "parcels", "refunds", "prices")


class _Kept(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep the event of an envelope."""
        event = envelope.get_event()
        if event is not None:
            self.events.append(json.loads(json.dumps(event, default=str)))


class Order(pydantic.BaseModel):
    """What a shop is asked for."""

    sku: str
    count: int = pydantic.Field(ge=1)
    price: decimal.Decimal


# --- programs that fail ------------------------------------------------------------------------


def read_json(number: int) -> object:
    """Half a document."""
    return json.loads('{"' + WORDS[number] + '": [1, 2, ')


def ask_database(number: int) -> object:
    """A table that is not there, through SQLAlchemy."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        statement = sa.text(f"select id, state from {WORDS[number]} where id = :id")
        return connection.execute(statement, {"id": number}).all()


def break_constraint(number: int) -> object:
    """The same row twice."""
    table = sa.Table(WORDS[number], sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        return [connection.execute(table.insert(), {"id": number}) for _ in range(2)]


def ask_sqlite(number: int) -> object:
    """A broken statement."""
    return sqlite3.connect(":memory:").execute(f"select * form {WORDS[number]}")


def render(number: int) -> object:
    """A template with a name that nothing stands for."""
    template = "{% for row in rows %}{{ row." + WORDS[number] + ".name | upper }}{% endfor %}"
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    return environment.from_string(template).render(rows=[{"id": number}])


def validate(number: int) -> object:
    """An order of nothing."""
    return Order.model_validate({"sku": WORDS[number], "count": 0, "price": "ten"})


def call_service(number: int) -> object:
    """Nobody listens there."""
    with httpx.Client(timeout=1) as client:
        return client.get(f"http://127.0.0.1:1/{WORDS[number]}/{number}")


def ask_cache(number: int) -> object:
    """Nobody listens there either."""
    cache = redis.Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    return cache.get(f"{WORDS[number]}:{number}")


def run_command(number: int) -> object:
    """A command line with an option that is none."""

    @click.command()
    @click.option("--count", type=int)
    def command(count: int) -> int:
        return number // count

    return command.main(["--count", "0"], standalone_mode=False)


def in_a_pool(number: int) -> object:
    """A worker thread's failure, raised where its result is asked for."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(int, ["1", "2", WORDS[number]]))


def chained(number: int) -> object:
    """A lookup that fails, reported as another failure."""
    prices = {"A-1": 250}
    try:
        return prices[WORDS[number]]
    except KeyError as fault:
        raise LookupError(f"no price for {WORDS[number]}") from fault


def none_where_a_value_was_assumed(number: int) -> object:
    """The commonest failure of all."""
    user = {"id": number}.get(WORDS[number])
    return user.strip()  # type: ignore[union-attr]


def parse_csv(number: int) -> object:
    """A column that the file has not."""
    rows = csv.DictReader(io.StringIO("sku,count\nA-1,2\n"))
    return [row[WORDS[number]] for row in rows]


def parse_xml(number: int) -> object:
    """A tag that is not closed."""
    return ElementTree.fromstring(f"<{WORDS[number]}><row></{WORDS[number]}>")


def parse_toml(number: int) -> object:
    """No value after the sign."""
    return tomllib.loads(f"[{WORDS[number]}]\nlimit = ")


def open_archive(number: int) -> object:
    """Bytes that are no archive."""
    return zipfile.ZipFile(io.BytesIO(WORDS[number].encode()))


def read_missing_file(number: int) -> object:
    """A file that is not there."""
    return Path(f"/srv/{WORDS[number]}.txt").read_text()


def decode(number: int) -> object:
    """Bytes of another encoding."""
    return b"caf\xe9 ".decode("utf-8") + WORDS[number]


def many_at_once(number: int) -> object:
    """Several failures in one."""
    raise ExceptionGroup(WORDS[number], [ValueError("a"), TypeError("b"), KeyError(number)])


PROGRAMS: tuple[Callable[[int], object], ...] = (
    read_json, ask_database, break_constraint, ask_sqlite, render, validate, call_service,
    ask_cache, run_command, in_a_pool, chained, none_where_a_value_was_assumed, parse_csv,
    parse_xml, parse_toml, open_archive, read_missing_file, decode, many_at_once,
)  # fmt: skip


# --- running them ------------------------------------------------------------------------------


def made_events() -> Iterator[tuple[str, Event]]:
    """Name of the program and event, for every program: run bare, and in a web application."""
    kept = _Kept()
    sentry_sdk.init(
        dsn="https://0123456789abcdef0123456789abcdef@errors.example.org/1",
        transport=kept,
        release="shop@1.4.2",
        environment="production",
        server_name="web-1",
        integrations=[FlaskIntegration(), SqlalchemyIntegration()],
        max_breadcrumbs=20,
    )
    for program in PROGRAMS:
        for number in range(VARIANTS):
            _run_bare(program, number)
            _run_in_flask(program, number)
        for payload in kept.events:
            yield program.__name__, _plain(payload)
        kept.events.clear()


def _run_bare(program: Callable[[int], Any], number: int) -> None:
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("queue", WORDS[number])
        sentry_sdk.add_breadcrumb(category="query", message=f"SELECT * FROM {WORDS[number]}")
        try:
            program(number)
        except Exception as fault:  # noqa: BLE001 - failing is what the programs are for
            sentry_sdk.capture_exception(fault)


def _run_in_flask(program: Callable[[int], Any], number: int) -> None:
    app = flask.Flask("shop")
    app.logger.disabled = True
    app.add_url_rule(f"/{WORDS[number]}/<int:number>", "view", program)
    headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Accept": "*/*"}
    app.test_client().get(f"/{WORDS[number]}/{number}?page={number}", headers=headers)


def _plain(payload: Mapping[str, Any]) -> Event:
    """The event as we keep it, without anything of the machine that made it."""
    text = json.dumps(payload)
    for found, shown in PLACES:
        text = text.replace(found, shown)
    text = SECONDS.sub("1.000001", ADDRESS.sub("7f3c5a1b2d40", text))
    cleaned = json.loads(IDENTIFIER.sub(lambda found: "0" * len(found[0]), text))
    cleaned.update(timestamp=AT.isoformat(), event_id="0" * 32)
    cleaned.get("contexts", {}).pop("trace", None)
    cleaned.pop("extra", None)  # the command line of whoever runs this
    for crumb in (cleaned.get("breadcrumbs") or {}).get("values", ()):
        crumb["timestamp"] = AT.isoformat()
    return parse_event(cleaned, received_at=AT + timedelta(seconds=1), secret=b"none")
