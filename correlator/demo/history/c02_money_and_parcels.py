"""Early summer: payments, parcels, and the first partners outside the house."""

from correlator.demo.people import *


def play(score):
    score.commit(
        RUBEN,
        "Take discount codes",
        "Marketing prints the first ones on Thursday. One code a cart; codes do not add up.",
        write={
            "checkout/discounts.py": '''
"""What comes off the price."""

from checkout.errors import Invalid

CODES = {"HELLO10": 10, "LAMPDAY": 15}


def by_code(cart, code):
    """Cents off for a printed code."""
    if not code:
        return 0
    if code not in CODES:
        raise Invalid(f"{code} is not a code of ours")
    return cart.subtotal * CODES[code] // 100
''',
        },
        edit=[
            ("checkout/pricing.py", "from checkout import tax\n", "from checkout import discounts, tax\n"),
            (
                "checkout/pricing.py",
                '''
def quote(cart, country):
    """Amounts in cents, as the cart page shows them."""
    vat = tax.vat(cart, country)
    return {"subtotal": cart.subtotal, "vat": vat, "total": cart.subtotal + vat}
''',
                '''
def quote(cart, country, code=""):
    """Amounts in cents, as the cart page shows them."""
    vat = tax.vat(cart, country)
    off = discounts.by_code(cart, code)
    total = cart.subtotal + vat - off
    return {"subtotal": cart.subtotal, "vat": vat, "off": off, "total": total}
''',
            ),
            (
                "checkout/routes.py",
                '''    return pricing.quote(cart.read(body.get("lines", [])), body.get("country", "DE"))
''',
                '''    wanted = cart.read(body.get("lines", []))
    return pricing.quote(wanted, body.get("country", "DE"), body.get("code", ""))
''',
            ),
        ],
        reviewed=[AIKO],
        pr=15,
    )
    score.commit(
        OLU,
        "Keep what differs between places in one file",
        "Addresses and time limits of partners were about to be written into three modules.",
        write={
            "config/production.json": '''
{
  "partners": {
    "payments": {"url": "https://pay.partners.example/v2", "timeout": 1.0},
    "carrier": {"url": "https://labels.partners.example", "timeout": 1.0},
    "warehouse": {"url": "https://stock.partners.example", "timeout": 1.0}
  }
}
''',
            "checkout/settings.py": '''
"""What differs between places: one file, and the environment for addresses."""

import json
import os
from pathlib import Path

_FILE = Path(__file__).parent.parent / "config" / "production.json"
_VALUES = json.loads(_FILE.read_text())


def url(partner):
    """Where a partner is reached."""
    given = os.environ.get(f"CHECKOUT_{partner.upper()}_URL")
    return given or _VALUES["partners"][partner]["url"]


def timeout(partner):
    """Seconds that a partner gets for an answer."""
    return _VALUES["partners"][partner]["timeout"]
''',
        },
        reviewed=[DANIEL],
        pr=16,
    )
    score.commit(
        OLU,
        "Call partners with a deadline, not a number of tries",
        """
        Three tries of five seconds are fifteen seconds of a shopper's life. A call now has one
        deadline; within it we try again as often as it fits.
        """,
        write={
            "checkout/partners.py": '''
"""Calls to the firms we depend on."""

import json
import time
import urllib.request
from urllib.error import URLError

from checkout import settings

PAUSE = 0.4


def post(partner, path, payload):
    """Send JSON and return the answer; tries again until the partner's time is up."""
    deadline = time.monotonic() + settings.timeout(partner)
    while True:
        try:
            return _send(partner, path, payload, deadline - time.monotonic())
        except URLError:
            if time.monotonic() + PAUSE > deadline:
                raise
            time.sleep(PAUSE)


def _send(partner, path, payload, seconds):
    request = urllib.request.Request(
        settings.url(partner) + path,
        json.dumps(payload).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return json.load(answer)
''',
        },
        reviewed=[TOMAS],
        pr=18,
    )
    score.commit(
        SOFIA,
        "Book every movement of money twice",
        "What leaves one account arrives in another. The accountants will read this file.",
        write={
            "checkout/ledger.py": '''
"""Double entry: the entries of a booking sum to zero, or there is no booking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    account: str
    amount: int


class Imbalance(Exception):
    """A booking whose entries do not cancel out. Never the shopper's fault."""


_BOOK = []


def post(entries):
    """Write a booking down."""
    difference = sum(entry.amount for entry in entries)
    if difference != 0:
        raise Imbalance(f"entries differ by {difference} cents")
    _BOOK.append(tuple(entries))


def balance(account):
    return sum(entry.amount for booking in _BOOK for entry in booking if entry.account == account)
''',
            "tests/test_ledger.py": '''
import pytest

from checkout.ledger import Entry, Imbalance, post


def test_a_booking_that_does_not_cancel_out_is_refused():
    with pytest.raises(Imbalance):
        post([Entry("sales", 100), Entry("payments", -99)])
''',
        },
        reviewed=[AIKO, MAYA],
        pr=19,
    )
    score.commit(
        OLU,
        "Take card payments",
        """
        The partner captures, we book. A declined card is the shopper's business, anything else
        the partner says is ours.
        """,
        tool=CODEX,
        write={
            "checkout/payments.py": '''
"""Card payments, captured by a partner."""

from checkout import ledger, partners
from checkout.errors import Invalid
from checkout.ledger import Entry


def capture(order, card):
    """Take the money for an order; the partner's number of the payment."""
    answer = partners.post(
        "payments", "/captures", {"order": order.number, "cents": order.total, "card": card}
    )
    if not answer["approved"]:
        raise Invalid("the card was declined")
    ledger.post([Entry("receivables", -order.total), Entry("payments", order.total)])
    return answer["id"]
''',
        },
        edit=[
            (
                "checkout/routes.py",
                "from checkout import cart, orders, pricing\n",
                "from checkout import cart, orders, payments, pricing\n",
            ),
            (
                "checkout/routes.py",
                '''
ROUTES = {
''',
                '''
def pay(body):
    order = _order(body)
    return {"payment": payments.capture(order, body.get("card", ""))}


def _order(body):
    order = orders.find(body.get("order"))
    if order is None:
        raise Invalid("there is no such order")
    return order


ROUTES = {
    "/orders/pay": pay,
''',
            ),
        ],
        reviewed=[SOFIA],
        pr=20,
    )
    with score.branch("shipping"):
        score.commit(
            MEILING,
            "Know the carrier's zones",
            "Generated from the carrier's feed; a workflow keeps it fresh.",
            write={
                "checkout/shipping/__init__.py": '"""Parcels, and what it costs to send them."""\n',
                "checkout/shipping/zones.py": '''
"""The carrier's zones. Generated by scripts/refresh_zones.py: do not edit."""

ZONES = {  # feed of 2 March, 04:00 UTC
    "AT": 2,
    "CH": 3,
    "DE": 1,
    "FR": 2,
    "IT": 2,
    "NO": 3,
    "PL": 2,
    "SE": 3,
}


def zone_of(country):
    return ZONES[country]
''',
                "scripts/refresh_zones.py": '''
"""Write checkout/shipping/zones.py from the carrier's feed on standard input."""

import json
import sys

HEAD = \'"""The carrier\\'s zones. Generated by scripts/refresh_zones.py: do not edit."""\'


def main():
    zones = {row["country"]: row["zone"] for row in json.load(sys.stdin)}
    print(HEAD + "\\n\\nZONES = {  # feed of " + sys.argv[1])
    for country, zone in sorted(zones.items()):
        print(f\'    "{country}": {zone},\')
    print("}\\n\\n\\ndef zone_of(country):\\n    return ZONES[country]")


if __name__ == "__main__":
    main()
''',
            },
        )
        score.commit(
            MEILING,
            "Price a parcel by zone and weight",
            write={
                "checkout/shipping/rates.py": '''
"""What the carrier takes for a parcel, in cents."""

from checkout.errors import Invalid
from checkout.shipping import zones

BRACKETS = (2000, 5000, 10000, 31500)
TARIFF = {
    1: (490, 590, 790, 1690),
    2: (990, 1390, 1790, 2990),
    3: (1690, 2190, 2990, 4990),
}


def price(cart, country):
    """The price for all of the cart in one parcel."""
    zone = zones.zone_of(country)
    for limit, cents in zip(BRACKETS, TARIFF[zone]):
        if cart.grams <= limit:
            return cents
    raise Invalid("too heavy for one parcel; please order in two")
''',
            },
        )
        score.commit(
            MEILING,
            "Choose the smallest box that carries the heaviest piece",
            "Arc lamps went out in bulb boxes in the pilot. Twice.",
            write={
                "checkout/shipping/parcels.py": '''
"""Which box an order goes into."""

BOXES = (("S", 500), ("M", 2500), ("L", 9000))


def choose_box(cart):
    """The smallest box whose bottom carries the heaviest piece."""
    heaviest = max(line.grams for line in cart.lines)
    for name, limit in BOXES:
        if heaviest <= limit:
            return name
    return "PALLET"
''',
            },
        )
        score.commit(
            MEILING,
            "Buy the label when an order is packed",
            """
            The carrier's label service predates JSON and wants PUT with form fields, so it gets a
            connection of its own instead of partners.post.
            """,
            write={
                "checkout/shipping/labels.py": '''
"""Labels, bought one by one from the carrier."""

import http.client
from urllib.parse import urlencode, urlsplit

from checkout import settings


def buy(order):
    """The number of the label for an order's parcel."""
    where = urlsplit(settings.url("carrier"))
    line = http.client.HTTPConnection(where.netloc, timeout=settings.timeout("carrier"))
    fields = urlencode({"order": order.number, "box": order.box, "to": order.country})
    line.request("PUT", "/labels", fields)
    return line.getresponse().read().decode()
''',
            },
        )
        score.commit(
            RUBEN,
            "Test the brackets of the tariff",
            tool=CURSOR,
            write={
                "tests/test_shipping.py": '''
import pytest

from checkout import cart
from checkout.errors import Invalid
from checkout.shipping import parcels, rates


def a_cart(sku, quantity=1):
    return cart.read([{"sku": sku, "quantity": quantity}])


@pytest.mark.parametrize(("quantity", "cents"), [(1, 490), (25, 490), (26, 590)])
def test_a_parcel_costs_by_bracket(quantity, cents):
    assert rates.price(a_cart("BLB-E27", quantity), "DE") == cents


def test_what_is_too_heavy_is_refused_with_a_way_out():
    with pytest.raises(Invalid, match="order in two"):
        rates.price(a_cart("LMP-ARC", 4), "DE")


def test_an_arc_lamp_goes_into_the_large_box():
    assert parcels.choose_box(a_cart("LMP-ARC")) == "L"
''',
            },
        )
    score.commit(
        JONAS,
        "Run the service in a container",
        write={
            "Dockerfile": '''
FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python", "-m", "checkout.server"]
''',
        },
        reviewed=[DANIEL],
        pr=22,
    )
    score.merge(
        MAYA,
        "shipping",
        "Merge pull request #21 from lantern/shipping",
        "Parcels: zones, prices, boxes and labels.\n\nReviewed-by: Olu Adeyemi <olu@lantern.example>",
    )
    score.commit(
        MEILING,
        "Let the cart page ask for shipping",
        edit=[
            (
                "checkout/routes.py",
                "from checkout.errors import Invalid\n",
                "from checkout.errors import Invalid\nfrom checkout.shipping import labels, rates\n",
            ),
            (
                "checkout/routes.py",
                '''
ROUTES = {
''',
                '''
def shipping_options(body):
    wanted = cart.read(body.get("lines", []))
    country = body.get("country", "DE")
    return {"standard": rates.price(wanted, country)}


def label(body):
    return {"label": labels.buy(_order(body))}


ROUTES = {
    "/shipping/options": shipping_options,
    "/orders/label": label,
''',
            ),
            (
                "checkout/orders.py",
                '''    country: str
    total: int
''',
                '''    country: str
    box: str
    total: int
''',
            ),
            (
                "checkout/orders.py",
                '''
        order = Order(next(_NUMBERS), cart, country, amounts["total"])
''',
                '''
        order = Order(next(_NUMBERS), cart, country, box, amounts["total"])
''',
            ),
            (
                "checkout/orders.py",
                "    inventory.reserve(cart)\n",
                "    box = parcels.choose_box(cart)\n    inventory.reserve(cart)\n",
            ),
            (
                "checkout/orders.py",
                "from checkout import inventory, pricing\n",
                "from checkout import inventory, pricing\nfrom checkout.shipping import parcels\n",
            ),
        ],
        reviewed=[TOMAS],
        pr=24,
    )
    score.commit(
        ACTIONS,
        "Add the workflow that refreshes the carrier's zones",
        "Created by the carrier-feed template.",
        write={
            ".github/workflows/zones.yml": '''
name: carrier zones
on:
  schedule:
    - cron: "0 4 * * 1"
jobs:
  refresh:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: curl -sf "$FEED" | python scripts/refresh_zones.py > checkout/shipping/zones.py
      - run: git commit -am "Refresh the carrier's zones" && git push
''',
        },
        pr=25,
    )
    score.commit(
        TOMAS,
        "Know customers by what they bought",
        "Only counts and sums: names and addresses stay in the shop's database.",
        write={
            "checkout/customers.py": '''
"""What we know of a customer: how often, and how much."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    id: str
    orders: int = 0
    spent: int = 0


_CUSTOMERS = {
    "ada": Customer("ada", 14, 310000),
    "björn": Customer("björn", 3, 21000),
    "chiara": Customer("chiara", 1, 5900),
}


def find(id):
    """The customer of that id; one who never bought anything is a customer, too."""
    return _CUSTOMERS.get(id) or Customer(id)
''',
        },
        reviewed=[LENA],
        pr=26,
    )
    score.commit(
        SOFIA,
        "Refund orders, in part or in full",
        """
        Support refunds by hand in the partner's console, and the ledger finds out at the end of
        the month. Now they call us, and both know at once.
        """,
        tool=CLAUDE_CODE,
        write={
            "checkout/refunds.py": '''
"""Money back."""

from checkout import ledger, partners
from checkout.errors import Invalid
from checkout.ledger import Entry


def refund(order, cents):
    """Give back part or all of what an order cost."""
    if not 0 < cents <= order.total:
        raise Invalid("that is not an amount we can refund")
    ledger.post([Entry("refunds", cents), Entry("payments", -cents)])
    partners.post("payments", "/refunds", {"order": order.number, "cents": cents})
    return cents
''',
        },
        edit=[
            (
                "checkout/routes.py",
                "from checkout import cart, orders, payments, pricing\n",
                "from checkout import cart, orders, payments, pricing, refunds\n",
            ),
            (
                "checkout/routes.py",
                '''
ROUTES = {
''',
                '''
def refund(body):
    return {"refunded": refunds.refund(_order(body), int(body.get("cents", 0)))}


ROUTES = {
    "/orders/refund": refund,
''',
            ),
        ],
        reviewed=[AIKO],
        pr=28,
    )
    score.commit(
        DEPENDABOT,
        "Bump actions/checkout from 4 to 5",
        "Bumps [actions/checkout](https://github.com/actions/checkout) from 4 to 5.",
        edit=[(".github/workflows/tests.yml", "checkout@v4", "checkout@v5")],
        trailers=["Signed-off-by: dependabot[bot] <support@github.com>"],
        pr=29,
    )
    score.tag("v1.0.0", MAYA)
    score.commit(
        MAYA,
        "Make pricing a package",
        """
        Quotes, discounts and tax change for different reasons and by different people. A move
        only: no line of code is touched that is not an import.
        """,
        move={
            "checkout/pricing.py": "checkout/pricing/quotes.py",
            "checkout/discounts.py": "checkout/pricing/discounts.py",
            "checkout/tax.py": "checkout/pricing/tax.py",
        },
        write={"checkout/pricing/__init__.py": '"""What a cart costs, and why."""\n'},
        edit=[
            (
                "checkout/pricing/quotes.py",
                "from checkout import discounts, tax\n",
                "from checkout.pricing import discounts, tax\n",
            ),
            ("checkout/routes.py", "orders, payments, pricing, refunds\n", "orders, payments, refunds\n"),
            (
                "checkout/routes.py",
                "from checkout.shipping import labels, rates\n",
                "from checkout.pricing import quotes\nfrom checkout.shipping import labels, rates\n",
            ),
            ("checkout/routes.py", "return pricing.quote(", "return quotes.quote("),
            ("checkout/orders.py", "import inventory, pricing\n", "import inventory\nfrom checkout.pricing import quotes\n"),
            ("checkout/orders.py", "pricing.quote(", "quotes.quote("),
            ("tests/test_pricing.py", "from checkout import cart, pricing\n", "from checkout import cart\nfrom checkout.pricing import quotes\n"),
            ("tests/test_pricing.py", "pricing.quote(", "quotes.quote("),
        ],
        reviewed=[RUBEN, AIKO],
        label="pricing-package",
        pr=31,
    )
    score.commit(
        HANNAH,
        "Describe payments, refunds and shipping",
        tool=COPILOT_CLI,
        edit=[
            (
                "docs/api.md",
                "| `/orders` | `lines`, `country` | `order`, `total` |\n",
                '''
| `/orders` | `lines`, `country` | `order`, `total` |
| `/orders/pay` | `order`, `card` | `payment` |
| `/orders/refund` | `order`, `cents` | `refunded` |
| `/orders/label` | `order` | `label` |
| `/shipping/options` | `lines`, `country` | `standard` |
''',
            ),
        ],
        reviewed=[MAYA],
        pr=32,
    )
