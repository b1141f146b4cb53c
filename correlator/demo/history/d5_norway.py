"""1.7.0: a robot refreshes the carrier's zones, and Norway is gone."""

from correlator.demo.incidents import Call, Incident
from correlator.demo.people import *
from correlator.types import Author

CORD = [{"sku": "CRD-TXT", "quantity": 2}]

INCIDENTS = (
    Incident(
        name="norway",
        story="Nobody in Norway can choose how to be shipped to",
        release="checkout@1.7.0",
        raises="KeyError",
        crash="checkout/shipping/zones.py",
        calls=(
            Call("/shipping/options", {"lines": CORD, "country": "SE"}, "björn"),
            Call("/shipping/options", {"lines": CORD, "country": "NO"}, "marit", 500),
            Call("/shipping/options", {"lines": CORD, "country": "NO"}, "nils", 500),
            Call("/shipping/options", {"lines": CORD, "country": "NO"}, "olav", 500),
        ),
        culprit="zones-refresh",
        author=Author.AUTOMATION,
    ),
)


def play(score):
    score.commit(
        AIKO,
        "Know what a Swiss franc is worth",
        edit=[
            (
                "checkout/pricing/currency.py",
                'EXCHANGE = {"EUR": 1.0, ',
                'EXCHANGE = {"EUR": 1.0, "CHF": 0.94, ',
            ),
        ],
        label="currency-fix",
        trailers=["Fixes: CHECKOUT-4"],
        reviewed=[RUBEN],
        pr=79,
    )
    score.commit(
        PRIYA,
        "Say how much is left on the shelf",
        edit=[
            (
                "checkout/inventory.py",
                '''
def available(sku):
    return''',
                '''
def available(sku):
    """Pieces that can still be promised."""
    return''',
            ),
        ],
        pr=80,
    )
    score.commit(
        MEILING,
        "Offer express parcels",
        "Within the country only, at twice the price; the carrier collects at noon.",
        edit=[
            (
                "checkout/shipping/rates.py",
                '''
    raise Invalid("too heavy for one parcel; please order in two")
''',
                '''
    raise Invalid("too heavy for one parcel; please order in two")


def express(cart):
    """The price for tomorrow before noon, at home only."""
    return 2 * price(cart, "DE")
''',
            ),
            (
                "checkout/routes.py",
                '''
def label(body):
''',
                '''
def express(body):
    return {"express": rates.express(cart.read(body.get("lines", [])))}


def label(body):
''',
            ),
            (
                "checkout/routes.py",
                '    "/orders/label": label,\n',
                '    "/orders/label": label,\n    "/shipping/express": express,\n',
            ),
        ],
        tool=CURSOR,
        label="express",
        reviewed=[OLU],
        pr=81,
    )
    score.commit(
        ACTIONS,
        "Refresh the carrier's zones",
        "Feed of Monday, 04:00 UTC: 1 added, 1 removed.",
        edit=[
            ("checkout/shipping/zones.py", '    "NO": 3,\n', '    "NL": 2,\n'),
            ("checkout/shipping/zones.py", "feed of 2 March,", "feed of 9 November,"),
        ],
        label="zones-refresh",
    )
    score.commit(
        PIOTR,
        "Deliver to the Netherlands",
        edit=[("checkout/pricing/tax.py", '    "ES": 210,\n', '    "ES": 210,\n    "NL": 210,\n')],
        reviewed=[AIKO],
        pr=83,
    )
    score.commit(
        HANNAH,
        "Release 1.7.0",
        edit=[
            ("pyproject.toml", "1.6.0", "1.7.0"),
            (
                "CHANGELOG.md",
                "## 1.6.0\n",
                "## 1.7.0\n\n- Express parcels.\n- Deliver to the Netherlands.\n\n## 1.6.0\n",
            ),
        ],
    )
    score.tag("v1.7.0", MAYA)
    score.release("checkout@1.7.0")
