"""1.5.1: a lookup that used to refuse now answers None, and someone else stumbles over it."""

from correlator.demo.incidents import Call, Incident
from correlator.demo.people import *
from correlator.types import Author

INCIDENTS = (
    Incident(
        name="lookup",
        story="A cart with an old product number crashes instead of being refused",
        release="checkout@1.5.1",
        raises="AttributeError",
        crash="checkout/cart.py",
        calls=(
            Call("/quote", {"lines": [{"sku": "blb-e27"}]}, "ada"),
            Call("/quote", {"lines": [{"sku": "LMP-XXL"}]}, "björn", 500),
            Call("/quote", {"lines": [{"sku": "BLB-E40", "quantity": 3}]}, "gina", 500),
            Call("/quote", {"lines": [{"sku": "LMP-XXL"}]}, "hugo", 500),
        ),
        culprit="whatever-case",
        author=Author.AI,
        tool="cursor",
    ),
)


def play(score):
    score.commit(
        RUBEN,
        "Thank only those who have bought before",
        "A first order has no average. Fixes CHECKOUT-1.",
        edit=[
            (
                "checkout/pricing/offers.py",
                '''
    average = customer.spent // customer.orders
''',
                '''
    if not customer.orders:
        return 0
    average = customer.spent // customer.orders
''',
            ),
        ],
        label="loyalty-fix",
        trailers=["Fixes: CHECKOUT-1"],
        reviewed=[AIKO],
        pr=60,
    )
    score.commit(
        CURSOR_AGENT,
        "Find products whatever the case of their number",
        """
        The new scanner app sends product numbers in lower case. Normalise before looking up;
        shorten and annotate the lookup while here.
        """,
        label="whatever-case",
        edit=[
            (
                "checkout/catalog.py",
                '''
def find(sku):
    """The product of that number; Invalid if we do not sell it."""
    product = PRODUCTS.get(sku)
    if product is None:
        raise Invalid(f"we do not sell {sku}")
    return product
''',
                '''
def find(sku: str) -> Product:
    """The product of that number, in whatever case."""
    return PRODUCTS.get(sku.strip().upper())
''',
            ),
            (
                "checkout/catalog.py",
                "from dataclasses import dataclass\n\nfrom checkout.errors import Invalid\n",
                "from dataclasses import dataclass\n",
            ),
        ],
        trailers=["Co-authored-by: Piotr Nowak <piotr@lantern.example>"],
        reviewed=[LENA],
        pr=61,
    )
    score.commit(
        AIKO,
        "Test VAT against the tax office's sample invoices",
        tool=CLAUDE_CODE_SONNET,
        write={
            "tests/test_tax.py": '''
import pytest

from checkout import cart
from checkout.errors import Invalid
from checkout.pricing import tax

BULB = cart.read([{"sku": "BLB-E27"}])


@pytest.mark.parametrize(("country", "cents"), [("DE", 150), ("SE", 198), ("CH", 64)])
def test_a_bulb_is_taxed_as_on_the_sample_invoice(country, cents):
    assert tax.vat(BULB, country) == cents


def test_we_do_not_deliver_to_the_moon():
    with pytest.raises(Invalid):
        tax.vat(BULB, "MOON")
''',
        },
        reviewed=[SOFIA],
        pr=62,
    )
    score.commit(
        JONAS,
        "Cache pip between test runs",
        edit=[
            (
                ".github/workflows/tests.yml",
                '          python-version: "3.11"\n',
                '          python-version: "3.11"\n          cache: pip\n',
            ),
        ],
        pr=63,
    )
    score.commit(
        SOFIA,
        "Explain the ledger to whoever reads it next",
        edit=[
            (
                "checkout/ledger.py",
                '''
"""Double entry: the entries of a booking sum to zero, or there is no booking."""
''',
                '''
"""Double entry: the entries of a booking sum to zero, or there is no booking.

Accounts are names. Amounts are cents; what flows in is positive.
"""
''',
            ),
        ],
        pr=64,
    )
    score.release("checkout@1.5.1")
