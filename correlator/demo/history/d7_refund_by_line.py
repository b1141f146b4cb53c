"""1.8.0: refunds are divided over the lines, and the cents no longer add up."""

from correlator.demo.incidents import LAST, Call, Incident
from correlator.demo.people import *
from correlator.types import Author

TWO_ROWS = [{"sku": "BLB-E27"}, {"sku": "BLB-E27"}]

INCIDENTS = (
    Incident(
        name="refunds",
        story="Refunds of odd amounts fail",
        release="checkout@1.8.0",
        raises="Imbalance",
        crash="checkout/ledger.py",
        calls=(
            Call("/orders", {"lines": TWO_ROWS}, "ada"),
            Call("/orders/refund", {"order": LAST, "cents": 1000}, "support"),
            Call("/orders/refund", {"order": LAST, "cents": 1001}, "support", 500),
            Call("/orders/refund", {"order": LAST, "cents": 1001}, "support", 500),
        ),
        culprit="refund-by-line",
        author=Author.AI,
        tool="devin",
        afterwards={
            "checkout@1.8.1": (
                Call("/orders", {"lines": TWO_ROWS}, "björn"),
                Call("/orders/refund", {"order": LAST, "cents": 1001}, "support"),
                Call("/orders/refund", {"order": LAST, "cents": 1003}, "support", 500),
            ),
            "checkout@1.8.2": (
                Call("/orders", {"lines": TWO_ROWS}, "chiara"),
                Call("/orders/refund", {"order": LAST, "cents": 1001}, "support"),
                Call("/orders/refund", {"order": LAST, "cents": 1003}, "support"),
            ),
        },
        held_by="largest-remainder",
    ),
)


def play(score):
    score.commit(
        OLU,
        "Read time limits as numbers",
        edit=[
            (
                "checkout/settings.py",
                '''
    return _VALUES["partners"][partner]["timeout"].removesuffix("s")
''',
                '''
    return float(_VALUES["partners"][partner]["timeout"].removesuffix("s"))
''',
            ),
        ],
        label="units-fix",
        trailers=["Fixes: CHECKOUT-6"],
        reviewed=[DANIEL],
        pr=91,
    )
    score.commit(
        DEVIN,
        "Refund by line, so that the warehouse sees which goods come back",
        """
        A refund is divided over the lines of the order by their share of it, and each line is
        booked on its own account.

        Link to Devin run: https://app.devin.ai/sessions/8c1b7de02f4a4f0f9c77
        Requested by: Sofia Marchetti
        """,
        label="refund-by-line",
        edit=[
            (
                "checkout/refunds.py",
                '''
def refund(order, cents):
''',
                '''
def shares(order, cents):
    """The part of a refund that falls on each line, in cents."""
    lines = order.cart.lines
    return [round(cents * line.total / order.cart.subtotal) for line in lines]


def refund(order, cents):
''',
            ),
            (
                "checkout/refunds.py",
                '''
    ledger.post([Entry("refunds", cents), Entry("payments", -cents)])
''',
                '''
    parts = zip(order.cart.lines, shares(order, cents))
    booked = [Entry(f"refunds:{line.sku}", share) for line, share in parts]
    ledger.post([*booked, Entry("payments", -cents)])
''',
            ),
        ],
        trailers=["Co-authored-by: Sofia Marchetti <sofia@lantern.example>"],
        reviewed=[AIKO],
        pr=92,
    )
    score.commit(
        DEPENDABOT,
        "Bump sentry-sdk from 2.72.0 to 2.75.0",
        "Bumps [sentry-sdk](https://github.com/getsentry/sentry-python) from 2.72.0 to 2.75.0.",
        edit=[("requirements.txt", "2.72.0", "2.75.0")],
        trailers=["Signed-off-by: dependabot[bot] <support@github.com>"],
        pr=93,
    )
    score.commit(
        TOMAS,
        "Keep the customer with the order",
        edit=[
            (
                "checkout/customers.py",
                '''
def find(id):
''',
                '''
def count(customer, cents):
    """The customer after one more order."""
    return replace(customer, orders=customer.orders + 1, spent=customer.spent + cents)


def find(id):
''',
            ),
            (
                "checkout/customers.py",
                "from dataclasses import dataclass\n",
                "from dataclasses import dataclass, replace\n",
            ),
        ],
        reviewed=[LENA],
        pr=94,
    )
    score.commit(
        HANNAH,
        "Release 1.8.0",
        edit=[
            ("pyproject.toml", "1.7.0", "1.8.0"),
            ("CHANGELOG.md", "## 1.7.0\n", "## 1.8.0\n\n- Refunds are booked by line.\n\n## 1.7.0\n"),
        ],
    )
    score.tag("v1.8.0", MAYA)
    score.release("checkout@1.8.0")
