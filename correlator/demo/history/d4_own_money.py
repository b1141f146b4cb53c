"""1.6.1: a currency without a rate; then a formatting commit puts its name on the line."""

from correlator.demo.incidents import Call, Incident
from correlator.demo.people import *
from correlator.types import Author

POLES = [{"sku": "LMP-PND", "quantity": 1}]

INCIDENTS = (
    Incident(
        name="currency",
        story="Swiss shoppers cannot see their cart",
        release="checkout@1.6.1",
        raises="KeyError",
        crash="checkout/pricing/currency.py",
        calls=(
            Call("/quote", {"lines": POLES, "country": "PL"}, "jakub"),
            Call("/quote", {"lines": POLES, "country": "CH"}, "klara", 500),
            Call("/quote", {"lines": POLES, "country": "CH"}, "luca", 500),
            Call("/quote", {"lines": POLES, "country": "CH"}, "klara", 500),
        ),
        culprit="own-money",
        author=Author.MIXED,
        tool="copilot",
    ),
)


def play(score):
    score.commit(
        TOMAS,
        "Refuse empty orders again",
        edit=[
            (
                "checkout/orders.py",
                '''
    """Refuse what we cannot send."""
''',
                '''
    """Refuse what we cannot send."""
    if not cart.lines:
        raise Invalid("the cart is empty")
''',
            ),
        ],
        label="empty-cart-fix",
        trailers=["Fixes: CHECKOUT-3"],
        reviewed=[PRIYA],
        pr=72,
    )
    score.commit(
        LENA,
        "Test that an empty order is refused",
        edit=[
            (
                "tests/test_orders.py",
                '''
def test_an_order_is_found''',
                '''
def test_an_empty_order_is_refused():
    with pytest.raises(Invalid, match="empty"):
        orders.place(cart.read([]), "DE")


def test_an_order_is_found''',
            ),
        ],
        pr=73,
    )
    score.commit(
        AIKO,
        "Show prices in the customer's own money",
        """
        We still charge euros. The cart page shows what that is about in the money of the country
        that the parcel goes to.
        """,
        tool=COPILOT_SUGGESTION,
        label="own-money",
        write={
            "checkout/pricing/currency.py": """
'''What an amount is about worth elsewhere. Shown, never charged.'''

CURRENCY = {'CH': 'CHF', 'NO': 'NOK', 'PL': 'PLN', 'SE': 'SEK'}
EXCHANGE = {'EUR': 1.0, 'NOK': 11.62, 'PLN': 4.27, 'SEK': 11.04}


def shown(cents, country):
    '''Amount and currency for the cart page.'''
    code = CURRENCY.get(country, 'EUR')
    rate = EXCHANGE[CURRENCY.get(country, 'EUR')]
    return {'currency': code, 'amount': round(cents * rate)}
""",
        },
        edit=[
            (
                "checkout/routes.py",
                '''
    return quotes.quote(wanted, body.get("country", "DE"), body.get("code", ""), who)
''',
                '''
    country = body.get("country", "DE")
    amounts = quotes.quote(wanted, country, body.get("code", ""), who)
    return {**amounts, "shown": currency.shown(amounts["total"], country)}
''',
            ),
            (
                "checkout/routes.py",
                "from checkout.pricing import quotes\n",
                "from checkout.pricing import currency, quotes\n",
            ),
        ],
        reviewed=[RUBEN],
        pr=74,
    )
    score.commit(
        MAYA,
        "Let amounts that are only shown pass without a second pair of eyes",
        "Nothing of it is ever charged, and the rates change every week until the new feed is there.",
        edit=[
            (
                ".correlator.toml",
                '''
[[untouchable]]
''',
                '''
[[waiver]]
rule = "money has a second pair of eyes"
by = "Maya Lindqvist"
reason = "shown, never charged; until the feed of rates is there"
expires = $day(14)
paths = ["/checkout/pricing/currency.py"]

[[waiver]]
rule = "AI-written money has somebody of payments"
by = "Maya Lindqvist"
reason = "shown, never charged; until the feed of rates is there"
expires = $day(14)
paths = ["/checkout/pricing/currency.py"]

[[untouchable]]
''',
            ),
        ],
        reviewed=[SOFIA],
        pr=71,
    )
    score.commit(
        JONAS,
        "Format with ruff, quotes included",
        "No change in behaviour: `ruff format .`",
        edit=[
            (
                "checkout/pricing/currency.py",
                """
'''What an amount is about worth elsewhere. Shown, never charged.'''

CURRENCY = {'CH': 'CHF', 'NO': 'NOK', 'PL': 'PLN', 'SE': 'SEK'}
EXCHANGE = {'EUR': 1.0, 'NOK': 11.62, 'PLN': 4.27, 'SEK': 11.04}


def shown(cents, country):
    '''Amount and currency for the cart page.'''
    code = CURRENCY.get(country, 'EUR')
    rate = EXCHANGE[CURRENCY.get(country, 'EUR')]
    return {'currency': code, 'amount': round(cents * rate)}
""",
                '''
"""What an amount is about worth elsewhere. Shown, never charged."""

CURRENCY = {"CH": "CHF", "NO": "NOK", "PL": "PLN", "SE": "SEK"}
EXCHANGE = {"EUR": 1.0, "NOK": 11.62, "PLN": 4.27, "SEK": 11.04}


def shown(cents, country):
    """Amount and currency for the cart page."""
    code = CURRENCY.get(country, "EUR")
    rate = EXCHANGE[CURRENCY.get(country, "EUR")]
    return {"currency": code, "amount": round(cents * rate)}
''',
            ),
        ],
        label="format-2",
        pr=75,
    )
    score.commit(
        JONAS,
        "Let blame look through the second formatting",
        edit=[
            (
                ".git-blame-ignore-revs",
                "# Format with ruff (#48)\n",
                "# Format with ruff, quotes included (#75)\n$sha(format-2)\n# Format with ruff (#48)\n",
            ),
        ],
        pr=76,
    )
    score.commit(
        DANIEL,
        "Watch the container's memory in the runbook",
        edit=[
            (
                "docs/runbook.md",
                "2. Is it a partner?",
                "2. Is it memory? Forty requests at once fit, fifty do not.\n3. Is it a partner?",
            ),
            ("docs/runbook.md", "3. Roll back first", "4. Roll back first"),
        ],
        pr=77,
    )
    score.release("checkout@1.6.1")
