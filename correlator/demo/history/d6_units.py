"""1.7.1: time limits get a unit, and become text."""

from correlator.demo.incidents import LAST, Call, Incident
from correlator.demo.people import *
from correlator.types import Author

PAID = (
    Call("/orders", {"lines": [{"sku": "LMP-DSK"}]}, "björn"),
    Call("/orders/pay", {"order": LAST, "card": "tok_5"}, "björn"),
)

INCIDENTS = (
    Incident(
        name="units",
        story="Nobody can pay",
        release="checkout@1.7.1",
        raises="TypeError",
        crash="checkout/partners.py",
        calls=(
            Call("/orders", {"lines": [{"sku": "LMP-ARC"}]}, "ada"),
            Call("/orders/pay", {"order": LAST, "card": "tok_1"}, "ada", 500),
            Call("/orders/pay", {"order": LAST, "card": "tok_2"}, "ada", 500),
            Call("/orders", {"lines": [{"sku": "LMP-DSK"}]}, "björn"),
            Call("/orders/pay", {"order": LAST, "card": "tok_3"}, "björn", 500),
        ),
        culprit="units",
        author=Author.AI,
        tool="copilot",
        afterwards={release: PAID for release in ("checkout@1.8.0", "checkout@1.8.1")},
    ),
)


def play(score):
    score.commit(
        MEILING,
        "Bring Norway back",
        "The feed lost it for a day. Countries that the carrier forgets are refused from now on.",
        edit=[
            ("checkout/shipping/zones.py", '    "NL": 2,\n', '    "NL": 2,\n    "NO": 3,\n'),
            (
                "checkout/shipping/rates.py",
                '''
    zone = zones.zone_of(country)
''',
                '''
    if country not in zones.ZONES:
        raise Invalid(f"the carrier does not go to {country} today")
    zone = zones.zone_of(country)
''',
            ),
        ],
        label="norway-fix",
        trailers=["Fixes: CHECKOUT-5"],
        reviewed=[OLU],
        pr=85,
    )
    score.commit(
        COPILOT_AGENT,
        "Write time limits with their unit",
        """
        Fixes #84: "timeout": 1.0 does not say whether it is seconds or minutes. Values in
        config/production.json now carry an "s", and settings.timeout() takes it off.

        Agent-Logs-Url: https://github.com/lantern/checkout/sessions/2d0f6a4e-7b0c-4b1e-9c55-0f6f2a9f3d11
        """,
        label="units",
        edit=[
            (
                "config/production.json",
                '"https://pay.partners.example/v2", "timeout": 1.0',
                '"https://pay.partners.example/v2", "timeout": "1.0s"',
            ),
            (
                "config/production.json",
                '"https://labels.partners.example", "timeout": 1.0',
                '"https://labels.partners.example", "timeout": "1.0s"',
            ),
            (
                "config/production.json",
                '"https://stock.partners.example", "timeout": 1.0',
                '"https://stock.partners.example", "timeout": "1.0s"',
            ),
            (
                "checkout/settings.py",
                '''
def timeout(partner):
    """Seconds that a partner gets for an answer."""
    return _VALUES["partners"][partner]["timeout"]
''',
                '''
def timeout(partner: str) -> float:
    """Seconds that a partner gets for an answer."""
    return _VALUES["partners"][partner]["timeout"].removesuffix("s")
''',
            ),
        ],
        trailers=["Co-authored-by: Olu Adeyemi <olu@lantern.example>"],
        reviewed=[DANIEL],
        pr=86,
    )
    score.commit(
        RUBEN,
        "Print codes for the autumn fair",
        edit=[("checkout/pricing/offers.py", '"LAMPDAY": 15}', '"LAMPDAY": 15, "FAIR5": 5}')],
        pr=87,
    )
    score.commit(
        LENA,
        "Test that the carrier's gaps are refused",
        edit=[
            (
                "tests/test_shipping.py",
                '''
def test_an_arc_lamp''',
                '''
def test_where_the_carrier_does_not_go_is_refused():
    with pytest.raises(Invalid, match="does not go to GL"):
        rates.price(a_cart("BLB-E27"), "GL")


def test_an_arc_lamp''',
            ),
        ],
        reviewed=[MEILING],
        pr=88,
    )
    score.commit(
        CLAUDE,
        "Fix a typo in the README",
        edit=[("README.md", "Ask in #checkout before changing prices.", "Please ask in #checkout before you change prices.")],
        pr=89,
    )
    score.release("checkout@1.7.1")
