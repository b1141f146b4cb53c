"""Spring: a service that quotes a cart and takes an order."""

from correlator.demo.people import *


def play(score):
    score.commit(
        MAYA,
        "Start the checkout service",
        """
        The shop's monolith answers every page, and a slow payment takes the whole of it down.
        Checkout moves out first: few tables, clear edges. Nothing but the standard library
        until something hurts.
        """,
        write={
            "README.md": '''
# checkout

Quotes carts, takes orders and payments, and ships lamps for lantern.example.

    python -m checkout.server

Ask in #checkout before changing prices.
''',
            ".gitignore": "__pycache__/\n.venv/\n",
            "checkout/__init__.py": '''
"""Checkout of the Lantern shop."""
''',
            "checkout/errors.py": '''
"""What we tell the caller when the fault is theirs."""


class Invalid(Exception):
    """A request that cannot be served; the message is shown to the shopper."""
''',
            "checkout/routes.py": '''
"""Which function answers which path."""

from checkout.errors import Invalid


def health(body):
    return {"ok": True}


ROUTES = {
    "/health": health,
}


def dispatch(path, body):
    handler = ROUTES.get(path)
    if handler is None:
        return 404, {"error": f"there is no {path}"}
    try:
        return 200, handler(body)
    except Invalid as refusal:
        return 422, {"error": str(refusal)}
''',
            "checkout/server.py": '''
"""The HTTP front of the checkout service."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checkout import routes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        status, reply = routes.dispatch(self.path, body)
        self.send(status, reply)

    def send(self, status, reply):
        content = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):
        pass


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
''',
        },
    )
    score.commit(
        MAYA,
        "Know what we sell",
        """
        Prices are whole cents everywhere in this service. No floats, no Decimal: an invoice is
        a sum of integers, and the tests can compare for equality.
        """,
        write={
            "checkout/catalog.py": '''
"""What we sell. Prices in cents, weights in grams."""

from dataclasses import dataclass

from checkout.errors import Invalid


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price: int
    grams: int


PRODUCTS = {
    product.sku: product
    for product in (
        Product("LMP-ARC", "Arc floor lamp", 24900, 8200),
        Product("LMP-DSK", "Desk lamp", 5900, 1400),
        Product("LMP-PND", "Pendant lamp", 8900, 2100),
        Product("BLB-E27", "Bulb E27", 790, 80),
        Product("BLB-E14", "Bulb E14", 690, 60),
        Product("CRD-TXT", "Textile cord, 3 m", 1990, 310),
    )
}


def find(sku):
    """The product of that number; Invalid if we do not sell it."""
    product = PRODUCTS.get(sku)
    if product is None:
        raise Invalid(f"we do not sell {sku}")
    return product
''',
        },
        reviewed=[TOMAS],
        pr=2,
    )
    score.commit(
        TOMAS,
        "Read a cart from a request",
        "A cart is a value: it is read once at the edge and never changed after.",
        write={
            "checkout/cart.py": '''
"""A cart: lines of product and quantity."""

from dataclasses import dataclass

from checkout import catalog
from checkout.errors import Invalid


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int
    price: int
    grams: int

    @property
    def total(self):
        return self.price * self.quantity


@dataclass(frozen=True)
class Cart:
    lines: tuple

    @property
    def subtotal(self):
        return sum(line.total for line in self.lines)

    @property
    def grams(self):
        return sum(line.grams * line.quantity for line in self.lines)


def read(rows):
    """The cart that a request's rows describe, at today's prices."""
    lines = []
    for row in rows:
        quantity = int(row.get("quantity", 1))
        if quantity < 1:
            raise Invalid("a quantity is at least 1")
        lines.append(_line(catalog.find(row["sku"]), quantity))
    return Cart(tuple(lines))


def _line(product, quantity):
    return Line(product.sku, quantity, product.price, product.grams)
''',
        },
        reviewed=[MAYA],
        pr=3,
    )
    score.commit(
        MAYA,
        "Quote a cart",
        "The shop's cart page asks for this on every change, so it must stay cheap.",
        write={
            "checkout/pricing.py": '''
"""What a cart costs."""


def quote(cart):
    """Amounts in cents, as the cart page shows them."""
    return {"subtotal": cart.subtotal, "total": cart.subtotal}
''',
        },
        edit=[
            (
                "checkout/routes.py",
                "from checkout.errors import Invalid\n",
                "from checkout import cart, pricing\nfrom checkout.errors import Invalid\n",
            ),
            (
                "checkout/routes.py",
                '''
ROUTES = {
''',
                '''
def quote(body):
    return pricing.quote(cart.read(body.get("lines", [])))


ROUTES = {
    "/quote": quote,
''',
            ),
        ],
        reviewed=[TOMAS],
        pr=4,
    )
    score.commit(
        PRIYA,
        "Test what a quote adds up to",
        write={
            "tests/test_pricing.py": '''
from checkout import cart, pricing


def test_a_quote_sums_its_lines():
    two_bulbs = cart.read([{"sku": "BLB-E27", "quantity": 2}])
    assert pricing.quote(two_bulbs)["subtotal"] == 1580
''',
        },
        reviewed=[MAYA],
        pr=5,
    )
    score.commit(
        JONAS,
        "Run the tests on every push",
        write={
            ".github/workflows/tests.yml": '''
name: tests
on: [push, pull_request]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: pip install -r requirements.txt pytest
      - run: pytest
''',
            "requirements.txt": "sentry-sdk==2.60.0\n",
        },
        pr=6,
    )
    with score.branch("stock"):
        score.commit(
            PRIYA,
            "Keep count of what is in the warehouse",
            "In memory for now: the nightly import brings the truth back.",
            write={
                "checkout/inventory.py": '''
"""What is in the warehouse, and what is promised."""

import threading

_LOCK = threading.Lock()
_STOCK = {
    "LMP-ARC": 40,
    "LMP-DSK": 250,
    "LMP-PND": 120,
    "BLB-E27": 4000,
    "BLB-E14": 4000,
    "CRD-TXT": 300,
}


def available(sku):
    return _STOCK.get(sku, 0)


def reserve(cart):
    """Take the cart's goods off the shelf."""
    with _LOCK:
        for line in cart.lines:
            _STOCK[line.sku] -= line.quantity
''',
            },
        )
        score.commit(
            PRIYA,
            "Refuse a cart that the warehouse cannot fill",
            "All lines are looked at before the first one is taken: half an order is no order.",
            edit=[
                (
                    "checkout/inventory.py",
                    '''
    with _LOCK:
        for line in cart.lines:
''',
                    '''
    with _LOCK:
        for line in cart.lines:
            if available(line.sku) < line.quantity:
                raise Invalid("out of stock")
        for line in cart.lines:
''',
                ),
                (
                    "checkout/inventory.py",
                    "import threading\n",
                    "import threading\n\nfrom checkout.errors import Invalid\n",
                ),
            ],
        )
        score.commit(
            LENA,
            "Say which product is out of stock",
            "Support got four calls on Monday from people who could not know.",
            edit=[
                (
                    "checkout/inventory.py",
                    'raise Invalid("out of stock")',
                    'raise Invalid(f"{line.sku} is out of stock")',
                ),
            ],
        )
    score.commit(
        AIKO,
        "Add VAT by country",
        "Rates of the countries we deliver to. Everywhere else checkout says no, politely.",
        write={
            "checkout/tax.py": '''
"""Value added tax. Rates in percent."""

from checkout.errors import Invalid

VAT = {"DE": 19, "AT": 20, "FR": 20, "SE": 25, "NO": 25, "PL": 23, "IT": 22, "CH": 8}


def vat(cart, country):
    """Tax on the cart in cents."""
    if country not in VAT:
        raise Invalid(f"we do not deliver to {country}")
    return cart.subtotal * VAT[country] // 100
''',
        },
        edit=[
            (
                "checkout/pricing.py",
                '''
def quote(cart):
    """Amounts in cents, as the cart page shows them."""
    return {"subtotal": cart.subtotal, "total": cart.subtotal}
''',
                '''
from checkout import tax


def quote(cart, country):
    """Amounts in cents, as the cart page shows them."""
    vat = tax.vat(cart, country)
    return {"subtotal": cart.subtotal, "vat": vat, "total": cart.subtotal + vat}
''',
            ),
            (
                "checkout/routes.py",
                '''pricing.quote(cart.read(body.get("lines", [])))''',
                '''pricing.quote(cart.read(body.get("lines", [])), body.get("country", "DE"))''',
            ),
            ("tests/test_pricing.py", "pricing.quote(two_bulbs)", 'pricing.quote(two_bulbs, "DE")'),
        ],
        reviewed=[TOMAS],
        pr=8,
    )
    score.merge(MAYA, "stock", "Merge pull request #7 from lantern/stock", "Keep stock")
    score.commit(
        TOMAS,
        "Place orders",
        """
        Reserve first, then write the order down: a reservation without an order is found by
        the nightly job, an order without goods is a phone call.
        """,
        write={
            "checkout/orders.py": '''
"""Orders: placed once, found by number."""

import itertools
import threading
from dataclasses import dataclass

from checkout import inventory, pricing

_LOCK = threading.Lock()
_NUMBERS = itertools.count(1001)
_ORDERS = {}


@dataclass(frozen=True)
class Order:
    number: int
    cart: object
    country: str
    total: int


def place(cart, country):
    """Reserve the goods and write the order down."""
    amounts = pricing.quote(cart, country)
    inventory.reserve(cart)
    with _LOCK:
        order = Order(next(_NUMBERS), cart, country, amounts["total"])
        _ORDERS[order.number] = order
    return order


def find(number):
    return _ORDERS.get(number)
''',
        },
        edit=[
            (
                "checkout/routes.py",
                "from checkout import cart, pricing\n",
                "from checkout import cart, orders, pricing\n",
            ),
            (
                "checkout/routes.py",
                '''
ROUTES = {
''',
                '''
def place_order(body):
    wanted = cart.read(body.get("lines", []))
    if not wanted.lines:
        raise Invalid("the cart is empty")
    order = orders.place(wanted, body.get("country", "DE"))
    return {"order": order.number, "total": order.total}


ROUTES = {
    "/orders": place_order,
''',
            ),
        ],
        reviewed=[MAYA, PRIYA],
        pr=9,
    )
    score.commit(
        AIKO,
        "Round VAT per line, as the tax office does",
        """
        The office's sample invoice differs from ours by a cent on every third order. They tax
        each line and round half up; we taxed the sum and rounded down.
        """,
        edit=[
            (
                "checkout/tax.py",
                "    return cart.subtotal * VAT[country] // 100\n",
                "    return sum((line.total * VAT[country] + 50) // 100 for line in cart.lines)\n",
            ),
        ],
        reviewed=[TOMAS],
        pr=11,
    )
    score.commit(
        DEPENDABOT,
        "Bump sentry-sdk from 2.60.0 to 2.64.0",
        """
        Bumps [sentry-sdk](https://github.com/getsentry/sentry-python) from 2.60.0 to 2.64.0.
        """,
        edit=[("requirements.txt", "2.60.0", "2.64.0")],
        trailers=["Signed-off-by: dependabot[bot] <support@github.com>"],
        pr=12,
    )
    score.commit(
        DANIEL,
        "Report errors nobody caught",
        """
        Until now a shopper saw a closed connection and we saw nothing. Answer 500 and send the
        exception with release and environment, one scope a request.
        """,
        write={
            "checkout/telemetry.py": '''
"""What operations hears of us."""

import os
from contextlib import contextmanager

import sentry_sdk


def start():
    sentry_sdk.init(
        dsn=os.environ.get("SENTRY_DSN"),
        release=os.environ.get("SENTRY_RELEASE"),
        environment=os.environ.get("SENTRY_ENVIRONMENT", "production"),
        traces_sample_rate=1.0,
        auto_enabling_integrations=False,
    )


@contextmanager
def request(path, user):
    """Everything reported inside belongs to this request."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("service", "checkout")
        if user:
            scope.set_user({"id": user})
        with sentry_sdk.start_transaction(op="http.server", name=f"POST {path}"):
            yield


def report(error):
    sentry_sdk.capture_exception(error)


def stop():
    sentry_sdk.flush(timeout=5)
''',
        },
        edit=[
            (
                "checkout/server.py",
                '''
        status, reply = routes.dispatch(self.path, body)
        self.send(status, reply)
''',
                '''
        with telemetry.request(self.path, self.headers.get("X-User")):
            self.send(*self.answer(body))

    def answer(self, body):
        try:
            return routes.dispatch(self.path, body)
        except Exception as error:
            telemetry.report(error)
            return 500, {"error": "something went wrong on our side"}
''',
            ),
            (
                "checkout/server.py",
                "from checkout import routes\n",
                "from checkout import routes, telemetry\n",
            ),
            (
                "checkout/server.py",
                '''
def main():
    server''',
                '''
def main():
    telemetry.start()
    server''',
            ),
            (
                "checkout/server.py",
                "    server.serve_forever()\n",
                '''
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    finally:
        telemetry.stop()
''',
            ),
        ],
        reviewed=[JONAS],
        pr=13,
    )
    score.commit(
        HANNAH,
        "Document the API for the shop team",
        write={
            "docs/api.md": '''
# API

All calls are POST with a JSON body. Amounts are cents.

| path | body | answer |
|---|---|---|
| `/quote` | `lines`, `country` | `subtotal`, `vat`, `total` |
| `/orders` | `lines`, `country` | `order`, `total` |

422 means: show the `error` to the shopper. 500 means: it is us.
''',
        },
        pr=14,
    )
    score.tag("v0.1.0", MAYA)
