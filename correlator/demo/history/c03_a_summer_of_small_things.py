"""Summer: many hands, many tools, and the release that production runs when the demo begins."""

from correlator.demo.people import *


def play(score):
    score.commit(
        CLAUDE,
        "Answer the load balancer's GET",
        "It cannot POST, and marked us dead at every roll-out.",
        edit=[
            (
                "checkout/server.py",
                '''
    def do_POST(self):
''',
                '''
    def do_GET(self):
        self.send(*routes.dispatch(self.path, {}))

    def do_POST(self):
''',
            ),
        ],
        reviewed=[DANIEL],
        pr=33,
    )
    score.commit(
        PIOTR,
        "Ask the warehouse instead of waiting for the night",
        "The nightly import was eleven hours late on the day of the sale.",
        tool=AIDER,
        edit=[
            (
                "checkout/inventory.py",
                '''
def reserve(cart):
''',
                '''
def refresh():
    """Take over the warehouse's own count; the number of products it named."""
    counted = partners.post("warehouse", "/stock", {"skus": sorted(_STOCK)})
    with _LOCK:
        _STOCK.update(counted["stock"])
    return len(counted["stock"])


def reserve(cart):
''',
            ),
            (
                "checkout/inventory.py",
                "from checkout.errors import Invalid\n",
                "from checkout import partners\nfrom checkout.errors import Invalid\n",
            ),
            (
                "checkout/routes.py",
                '''
ROUTES = {
''',
                '''
def refresh_stock(body):
    return {"products": inventory.refresh()}


ROUTES = {
    "/stock/refresh": refresh_stock,
''',
            ),
            (
                "checkout/routes.py",
                "from checkout import cart, orders, payments, refunds\n",
                "from checkout import cart, inventory, orders, payments, refunds\n",
            ),
        ],
        reviewed=[PRIYA],
        pr=34,
    )
    score.commit(
        DEPENDABOT,
        "Bump sentry-sdk from 2.64.0 to 2.68.0",
        "Bumps [sentry-sdk](https://github.com/getsentry/sentry-python) from 2.64.0 to 2.68.0.",
        edit=[("requirements.txt", "2.64.0", "2.68.0")],
        trailers=["Signed-off-by: dependabot[bot] <support@github.com>"],
        pr=35,
    )
    score.commit(
        DANIEL,
        "Leave when we are asked to",
        "SIGTERM cut requests in half: the last line of every roll-out was a broken pipe.",
        edit=[
            (
                "checkout/server.py",
                "    telemetry.start()\n",
                "    telemetry.start()\n    signal.signal(signal.SIGTERM, signal.default_int_handler)\n",
            ),
            ("checkout/server.py", "import json\n", "import json\nimport signal\n"),
        ],
        reviewed=[JONAS],
        pr=36,
    )
    score.commit(
        JULES,
        "Annotate the cart",
        "Adds type hints to checkout/cart.py. No change in behaviour.",
        edit=[
            ("checkout/cart.py", "    def total(self):\n", "    def total(self) -> int:\n"),
            ("checkout/cart.py", "    def subtotal(self):\n", "    def subtotal(self) -> int:\n"),
            ("checkout/cart.py", "    def grams(self):\n", "    def grams(self) -> int:\n"),
            ("checkout/cart.py", "def read(rows):\n", "def read(rows: list[dict]) -> Cart:\n"),
        ],
        trailers=["Co-authored-by: Tomás Ferreira <tomas@lantern.example>"],
        reviewed=[MAYA],
        pr=38,
    )
    with score.branch("limits"):
        score.commit(
            TOMAS,
            "Refuse bodies that cannot be a cart",
            edit=[
                (
                    "checkout/server.py",
                    '''
        body = json.loads(self.rfile.read(length) or b"{}")
''',
                    '''
        if length > LONGEST_BODY:
            self.send(413, {"error": "that is not a cart"})
            return
        body = json.loads(self.rfile.read(length) or b"{}")
''',
                ),
                (
                    "checkout/server.py",
                    '''
class Handler(''',
                    '''
LONGEST_BODY = 64 * 1024


class Handler(''',
                ),
            ],
        )
        score.commit(
            TOMAS,
            "Close the connection after refusing a body",
            "Its bytes are still on the line and would be read as the next request.",
            edit=[
                (
                    "checkout/server.py",
                    '''
            self.send(413, {"error": "that is not a cart"})
''',
                    '''
            self.close_connection = True
            self.send(413, {"error": "that is not a cart"})
''',
                ),
            ],
        )
    score.commit(
        LENA,
        "Test what happens to an order",
        tool=CURSOR,
        write={
            "tests/test_orders.py": '''
import pytest

from checkout import cart, orders
from checkout.errors import Invalid


def an_order(quantity=1):
    return orders.place(cart.read([{"sku": "LMP-DSK", "quantity": quantity}]), "DE")


def test_orders_are_numbered_one_after_the_other():
    assert an_order().number + 1 == an_order().number


def test_an_order_that_the_warehouse_cannot_fill_is_refused():
    with pytest.raises(Invalid, match="LMP-DSK is out of stock"):
        an_order(quantity=100000)


def test_an_order_is_found_by_its_number():
    order = an_order()
    assert orders.find(order.number) is order
''',
        },
        reviewed=[TOMAS],
        pr=39,
    )
    score.merge(MAYA, "limits", "Merge pull request #37 from lantern/limits", "Refuse large bodies")
    score.commit(
        AIKO,
        "Count VAT in tenths of a percent",
        "Switzerland takes 8.1 percent since January. We took 8, and paid the rest ourselves.",
        edit=[
            (
                "checkout/pricing/tax.py",
                '''
"""Value added tax. Rates in percent."""
''',
                '''
"""Value added tax. Rates in tenths of a percent."""
''',
            ),
            (
                "checkout/pricing/tax.py",
                '''{"DE": 19, "AT": 20, "FR": 20, "SE": 25, "NO": 25, "PL": 23, "IT": 22, "CH": 8}''',
                '''{"DE": 190, "AT": 200, "FR": 200, "SE": 250, "NO": 250, "PL": 230, "IT": 220, "CH": 81}''',
            ),
            (
                "checkout/pricing/tax.py",
                "(line.total * VAT[country] + 50) // 100 for",
                "(line.total * VAT[country] + 500) // 1000 for",
            ),
        ],
        reviewed=[SOFIA],
        pr=40,
    )
    score.commit(
        MEILING,
        "Ship for free above a hundred euros",
        edit=[
            (
                "checkout/shipping/rates.py",
                '''
    zone = zones.zone_of(country)
''',
                '''
    if cart.subtotal >= FREE_FROM:
        return 0
    zone = zones.zone_of(country)
''',
            ),
            ("checkout/shipping/rates.py", "BRACKETS = ", "FREE_FROM = 10000\nBRACKETS = "),
        ],
        label="free-shipping",
        reviewed=[RUBEN],
        pr=41,
    )
    score.commit(
        HANNAH,
        "Write down what to do when checkout is red",
        write={
            "docs/runbook.md": '''
# When checkout is red

1. Which release? Compare with the last deploy of the day.
2. Is it a partner? All three of ours publish a status page; links in #checkout.
3. Roll back first, understand later.
''',
        },
        reviewed=[DANIEL],
        pr=42,
    )
    score.commit(
        RUBEN,
        'Revert "Ship for free above a hundred euros (#41)"',
        """
        This reverts commit $sha(free-shipping).

        The arc lamp is above a hundred euros, weighs eight kilos and goes to Norway.
        """,
        edit=[
            (
                "checkout/shipping/rates.py",
                '''
    if cart.subtotal >= FREE_FROM:
        return 0
''',
                "",
            ),
            ("checkout/shipping/rates.py", "FREE_FROM = 10000\n", ""),
        ],
        reviewed=[MEILING],
        pr=43,
    )
    score.commit(
        MAYA,
        "Write down what we ask of a change",
        """
        Free shipping went out on one glance, and we took it back the day after. Talked over for
        two weeks: money has a second pair of eyes, and agents leave alone what the night shift
        would have to find.
        """,
        write={
            ".correlator.toml": '''
# What we ask of a change before it goes to production. Ask Maya.

[policy]
zone = "Europe/Berlin"

[groups]
payments = ["aiko@lantern.example", "olu@lantern.example", "sofia@lantern.example"]

[critical]
paths = [
    "/checkout/ledger.py",
    "/checkout/payments.py",
    "/checkout/pricing/",
    "/checkout/refunds.py",
]

[[approval]]
name = "money has a second pair of eyes"
critical = true
approvers = 1

[[approval]]
name = "AI-written money has somebody of payments"
critical = true
provenance = ["ai", "mixed"]
approvers = 1
groups = { payments = 1 }

[[untouchable]]
name = "no agent sets production or the pipeline"
paths = ["/config/", "/.github/workflows/", "/Dockerfile"]
provenance = ["ai", "mixed"]
''',
        },
        reviewed=[DANIEL, SOFIA],
        pr=30,
    )
    score.commit(
        DEVIN,
        "Name every answer",
        """
        Adds an X-Request-Id header to every response, taken from the request if the caller sent
        one, so that support can find what a shopper saw.

        Link to Devin run: https://app.devin.ai/sessions/5f0c2e9b7a4d4c1c8d3b
        Requested by: Lena Okafor
        """,
        edit=[
            (
                "checkout/server.py",
                '''
        self.send_header("Content-Length", str(len(content)))
''',
                '''
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Request-Id", self.headers.get("X-Request-Id") or uuid.uuid4().hex)
''',
            ),
            ("checkout/server.py", "import signal\n", "import signal\nimport uuid\n"),
        ],
        trailers=["Co-authored-by: Lena Okafor <lena@lantern.example>"],
        reviewed=[TOMAS],
        pr=44,
    )
    score.commit(
        SOFIA,
        "Test that a capture is booked",
        tool=AMP,
        edit=[
            (
                "tests/test_ledger.py",
                "from checkout.ledger import Entry, Imbalance, post\n",
                "from checkout.ledger import Entry, Imbalance, balance, post\n",
            ),
            (
                "tests/test_ledger.py",
                '''
        post([Entry("sales", 100), Entry("payments", -99)])
''',
                '''
        post([Entry("sales", 100), Entry("payments", -99)])


def test_a_booking_moves_a_balance():
    before = balance("payments")
    post([Entry("receivables", -5900), Entry("payments", 5900)])
    assert balance("payments") == before + 5900
''',
            ),
        ],
        pr=45,
    )
    score.commit(
        ACTIONS,
        "Refresh the carrier's zones",
        edit=[("checkout/shipping/zones.py", '    "FR": 2,\n', '    "ES": 3,\n    "FR": 2,\n')],
    )
    score.commit(
        AIKO,
        "Deliver to Spain",
        edit=[("checkout/pricing/tax.py", '"CH": 81}', '"CH": 81, "ES": 210}')],
        reviewed=[MEILING],
        pr=46,
    )
    score.commit(
        JONAS,
        "Let ruff decide how code looks",
        "One commit that only formats comes next; it is listed so that blame looks through it.",
        write={
            "pyproject.toml": '''
[project]
name = "checkout"
version = "1.3.0"
requires-python = ">=3.11"

[tool.ruff]
line-length = 88
''',
        },
        reviewed=[MAYA, TOMAS],
        pr=47,
    )
    score.commit(
        JONAS,
        "Format with ruff",
        "No change in behaviour: `ruff format .`",
        edit=[
            (
                "checkout/pricing/tax.py",
                '''
VAT = {"DE": 190, "AT": 200, "FR": 200, "SE": 250, "NO": 250, "PL": 230, "IT": 220, "CH": 81, "ES": 210}
''',
                '''
VAT = {
    "DE": 190,
    "AT": 200,
    "FR": 200,
    "SE": 250,
    "NO": 250,
    "PL": 230,
    "IT": 220,
    "CH": 81,
    "ES": 210,
}
''',
            ),
            (
                "checkout/payments.py",
                '''
        "payments", "/captures", {"order": order.number, "cents": order.total, "card": card}
''',
                '''
        "payments",
        "/captures",
        {"order": order.number, "cents": order.total, "card": card},
''',
            ),
            (
                "checkout/ledger.py",
                '''
    return sum(entry.amount for booking in _BOOK for entry in booking if entry.account == account)
''',
                '''
    return sum(
        entry.amount
        for booking in _BOOK
        for entry in booking
        if entry.account == account
    )
''',
            ),
        ],
        label="format-1",
        pr=48,
    )
    score.commit(
        JONAS,
        "Let blame look through the formatting",
        write={
            ".git-blame-ignore-revs": '''
# Format with ruff (#48)
$sha(format-1)
''',
        },
        pr=49,
    )
    score.commit(
        OLU,
        "Bound the number of requests at once",
        "The container has half a gigabyte. Forty threads are what it carried in the load test.",
        tool=CODEX,
        edit=[
            (
                "checkout/server.py",
                '''
        with telemetry.request(self.path, self.headers.get("X-User")):
            self.send(*self.answer(body))
''',
                '''
        user = self.headers.get("X-User")
        with BUSY, telemetry.request(self.path, user):
            self.send(*self.answer(body))
''',
            ),
            (
                "checkout/server.py",
                "LONGEST_BODY = 64 * 1024\n",
                "LONGEST_BODY = 64 * 1024\nBUSY = threading.BoundedSemaphore(40)\n",
            ),
            ("checkout/server.py", "import uuid\n", "import threading\nimport uuid\n"),
        ],
        reviewed=[DANIEL],
        pr=50,
    )
    score.commit(
        HANNAH,
        "Keep a changelog",
        write={
            "CHANGELOG.md": '''
# Changelog

## 1.4.0

- Deliver to Spain.
- At most forty requests at once.
- Every answer has a name: X-Request-Id.
''',
        },
        edit=[("pyproject.toml", "1.3.0", "1.4.0")],
        pr=51,
    )
    score.tag("v1.4.0", MAYA)
    score.release("checkout@1.4.0")
