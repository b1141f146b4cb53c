"""1.5.0: a discount that divides by the orders of someone who never ordered."""

from correlator.demo.incidents import Call, Incident
from correlator.demo.people import *
from correlator.types import Author

BULBS = [{"sku": "BLB-E27", "quantity": 4}]

INCIDENTS = (
    Incident(
        name="loyalty",
        story="New customers see an error instead of their cart",
        release="checkout@1.5.0",
        raises="ZeroDivisionError",
        crash="checkout/pricing/offers.py",
        calls=(
            Call("/quote", {"lines": BULBS, "customer": "ada"}, "ada"),
            Call("/quote", {"lines": BULBS, "customer": "dora"}, "dora", 500),
            Call("/quote", {"lines": BULBS, "customer": "emil"}, "emil", 500),
            Call("/quote", {"lines": BULBS, "customer": "fatma"}, "fatma", 500),
        ),
        culprit="loyalty",
        author=Author.AI,
        tool="claude",
    ),
)


def play(score):
    score.commit(
        LENA,
        "Test that a wrong code is refused",
        edit=[
            (
                "tests/test_pricing.py",
                '''
    assert quotes.quote(two_bulbs, "DE")["subtotal"] == 1580
''',
                '''
    assert quotes.quote(two_bulbs, "DE")["subtotal"] == 1580


def test_a_code_we_never_printed_is_refused():
    with pytest.raises(Invalid, match="not a code of ours"):
        quotes.quote(cart.read([{"sku": "BLB-E27"}]), "DE", "FREE100")
''',
            ),
            (
                "tests/test_pricing.py",
                "from checkout import cart\n",
                "import pytest\n\nfrom checkout import cart\nfrom checkout.errors import Invalid\n",
            ),
        ],
        pr=52,
    )
    score.commit(
        RUBEN,
        "Thank loyal customers with five percent",
        """
        Who spends 150 euros an order on average gets five percent off, without a code. The shop
        sends the customer's id with the cart once they are logged in.
        """,
        tool=CLAUDE_CODE,
        label="loyalty",
        edit=[
            (
                "checkout/pricing/discounts.py",
                '''
    return cart.subtotal * CODES[code] // 100
''',
                '''
    return cart.subtotal * CODES[code] // 100


def by_loyalty(cart, customer):
    """Cents off for those who keep coming back."""
    average = customer.spent // customer.orders
    return cart.subtotal * 5 // 100 if average >= LOYAL_AVERAGE else 0
''',
            ),
            (
                "checkout/pricing/discounts.py",
                '''CODES = {"HELLO10": 10, "LAMPDAY": 15}
''',
                '''CODES = {"HELLO10": 10, "LAMPDAY": 15}
LOYAL_AVERAGE = 15000
''',
            ),
            (
                "checkout/pricing/quotes.py",
                '''
def quote(cart, country, code=""):
''',
                '''
def quote(cart, country, code="", customer=None):
''',
            ),
            (
                "checkout/pricing/quotes.py",
                '''
    total = cart.subtotal + vat - off
''',
                '''
    if customer:
        off = max(off, discounts.by_loyalty(cart, customer))
    total = cart.subtotal + vat - off
''',
            ),
            (
                "checkout/routes.py",
                '''
    return quotes.quote(wanted, body.get("country", "DE"), body.get("code", ""))
''',
                '''
    who = customers.find(body["customer"]) if body.get("customer") else None
    return quotes.quote(wanted, body.get("country", "DE"), body.get("code", ""), who)
''',
            ),
            (
                "checkout/routes.py",
                "from checkout import cart, inventory, orders, payments, refunds\n",
                "from checkout import cart, customers, inventory, orders, payments, refunds\n",
            ),
        ],
        reviewed=[AIKO],
        pr=54,
    )
    score.commit(
        DANIEL,
        "Say in the runbook how to roll back",
        edit=[
            (
                "docs/runbook.md",
                "3. Roll back first, understand later.\n",
                "3. Roll back first, understand later: `deploy checkout --to previous`.\n",
            ),
        ],
        pr=55,
    )
    score.commit(
        RUBEN,
        "Call them offers, as everyone else does",
        "Marketing, the shop and support say offer. A move and its imports, nothing else.",
        move={"checkout/pricing/discounts.py": "checkout/pricing/offers.py"},
        edit=[
            (
                "checkout/pricing/quotes.py",
                "from checkout.pricing import discounts, tax\n",
                "from checkout.pricing import offers, tax\n",
            ),
            ("checkout/pricing/quotes.py", "discounts.by_code(", "offers.by_code("),
            ("checkout/pricing/quotes.py", "discounts.by_loyalty(", "offers.by_loyalty("),
        ],
        reviewed=[HANNAH],
        pr=56,
    )
    score.commit(
        DEPENDABOT,
        "Bump actions/setup-python from 5 to 6",
        "Bumps [actions/setup-python](https://github.com/actions/setup-python) from 5 to 6.",
        edit=[(".github/workflows/tests.yml", "setup-python@v5", "setup-python@v6")],
        trailers=["Signed-off-by: dependabot[bot] <support@github.com>"],
        pr=57,
    )
    score.commit(
        MEILING,
        "Let parcels say how heavy they may be",
        tool=COPILOT_CLI,
        edit=[
            (
                "checkout/shipping/parcels.py",
                '''
BOXES = (("S", 500), ("M", 2500), ("L", 9000))
''',
                '''
# Name and the heaviest single piece that its bottom carries, in grams.
BOXES = (("S", 500), ("M", 2500), ("L", 9000))
''',
            ),
        ],
        pr=58,
    )
    score.commit(
        HANNAH,
        "Release 1.5.0",
        edit=[
            ("pyproject.toml", "1.4.0", "1.5.0"),
            ("CHANGELOG.md", "## 1.4.0\n", "## 1.5.0\n\n- Five percent for loyal customers.\n\n## 1.4.0\n"),
        ],
    )
    score.tag("v1.5.0", MAYA)
    score.release("checkout@1.5.0")
