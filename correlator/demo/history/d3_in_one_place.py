"""1.6.0: checks move to one place, and one of them gets lost on the way."""

from correlator.demo.incidents import Call, Incident
from correlator.demo.people import *
from correlator.types import Author

INCIDENTS = (
    Incident(
        name="empty-cart",
        story="Placing an order with an empty cart crashes",
        release="checkout@1.6.0",
        raises="ValueError",
        crash="checkout/shipping/parcels.py",
        calls=(
            Call("/orders", {"lines": [{"sku": "LMP-DSK"}]}, "ada"),
            Call("/orders", {"lines": []}, "ines", 500),
            Call("/orders", {"lines": [], "country": "AT"}, "jakub", 500),
        ),
        culprit="one-place",
        author=Author.UNKNOWN,
    ),
)


def play(score):
    score.commit(
        PIOTR,
        "Refuse products we do not sell, again",
        "find() answers or refuses; its callers rely on that.",
        edit=[
            (
                "checkout/catalog.py",
                '''
    """The product of that number, in whatever case."""
    return PRODUCTS.get(sku.strip().upper())
''',
                '''
    """The product of that number, in whatever case; Invalid if we do not sell it."""
    product = PRODUCTS.get(sku.strip().upper())
    if product is None:
        raise Invalid(f"we do not sell {sku}")
    return product
''',
            ),
            (
                "checkout/catalog.py",
                "from dataclasses import dataclass\n",
                "from dataclasses import dataclass\n\nfrom checkout.errors import Invalid\n",
            ),
        ],
        label="lookup-fix",
        trailers=["Fixes: CHECKOUT-2"],
        reviewed=[LENA],
        pr=66,
    )
    score.commit(
        OLU,
        "Name ourselves to partners",
        "The carrier asked who sends them four requests a second.",
        edit=[
            (
                "checkout/partners.py",
                '''
        {"Content-Type": "application/json"},
''',
                '''
        {"Content-Type": "application/json", "User-Agent": "lantern-checkout/1"},
''',
            ),
        ],
        reviewed=[DANIEL],
        pr=67,
    )
    score.commit(
        TOMAS,
        "Check orders in one place",
        """
        The rules for what we accept were spread over the route and the order. They belong to the
        order: the route only reads the request.
        """,
        label="one-place",
        edit=[
            (
                "checkout/routes.py",
                '''
    wanted = cart.read(body.get("lines", []))
    if not wanted.lines:
        raise Invalid("the cart is empty")
    order = orders.place(wanted, body.get("country", "DE"))
''',
                '''
    order = orders.place(cart.read(body.get("lines", [])), body.get("country", "DE"))
''',
            ),
            (
                "checkout/orders.py",
                '''
def place(cart, country):
    """Reserve the goods and write the order down."""
    amounts''',
                '''
def check(cart):
    """Refuse what we cannot send."""
    if cart.grams > HEAVIEST:
        raise Invalid("too heavy for one parcel; please order in two")


def place(cart, country):
    """Reserve the goods and write the order down."""
    check(cart)
    amounts''',
            ),
            ("checkout/orders.py", "_LOCK = ", "HEAVIEST = 31500\n\n_LOCK = "),
            (
                "checkout/orders.py",
                "from checkout import inventory\n",
                "from checkout import inventory\nfrom checkout.errors import Invalid\n",
            ),
        ],
        reviewed=[PRIYA],
        pr=68,
    )
    score.commit(
        DEPENDABOT,
        "Bump sentry-sdk from 2.68.0 to 2.72.0",
        "Bumps [sentry-sdk](https://github.com/getsentry/sentry-python) from 2.68.0 to 2.72.0.",
        edit=[("requirements.txt", "2.68.0", "2.72.0")],
        trailers=["Signed-off-by: dependabot[bot] <support@github.com>"],
        pr=69,
    )
    score.commit(
        HANNAH,
        "Show an example of each call",
        tool=CLAUDE_CODE,
        edit=[
            (
                "docs/api.md",
                "422 means:",
                '''
```json
{"lines": [{"sku": "BLB-E27", "quantity": 4}], "country": "SE", "code": "HELLO10"}
```

422 means:''',
            ),
        ],
        reviewed=[MAYA],
        pr=70,
    )
    score.commit(
        HANNAH,
        "Release 1.6.0",
        edit=[
            ("pyproject.toml", "1.5.0", "1.6.0"),
            ("CHANGELOG.md", "## 1.5.0\n", "## 1.6.0\n\n- Product numbers in any case.\n\n## 1.5.0\n"),
        ],
    )
    score.tag("v1.6.0", MAYA)
    score.release("checkout@1.6.0")
