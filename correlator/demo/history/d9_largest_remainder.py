"""1.8.2: the fix that holds; and an evening on which the partners' host is gone."""

from correlator.demo.incidents import LAST, Call, Incident
from correlator.demo.people import *

INCIDENTS = (
    Incident(
        name="partner-gone",
        story="The host of all partners refuses connections: paying, labels and stock fail",
        release="checkout@1.8.2",
        raises="URLError",
        crash="checkout/partners.py",
        calls=(
            Call("/orders", {"lines": [{"sku": "LMP-PND"}]}, "ada"),
            Call("/orders/pay", {"order": LAST, "card": "tok_4"}, "ada", 500),
            Call("/orders/label", {"order": LAST}, "warehouse", 500),
            Call("/stock/refresh", {}, "warehouse", 500),
            Call("/orders/pay", {"order": LAST, "card": "tok_4"}, "ada", 500),
        ),
        culprit=None,
        partner=False,
    ),
)


def play(score):
    score.commit(
        AIKO,
        "Divide refunds by the largest remainder",
        """
        1003 cents over two equal lines still came to 1004: rounding up goes wrong as often as
        rounding down. Round every share down, then hand out what is left, cent by cent, to the
        lines that lost most. It adds up by construction.
        """,
        edit=[
            (
                "checkout/refunds.py",
                '''
    parts = [round(cents * line.total / order.cart.subtotal) for line in lines]
    if sum(parts) < cents:
        parts[0] += 1
    return parts
''',
                '''
    parts = [cents * line.total // order.cart.subtotal for line in lines]
    lost = [cents * line.total % order.cart.subtotal for line in lines]
    neediest = sorted(range(len(lines)), key=lambda number: -lost[number])
    for number in neediest[: cents - sum(parts)]:
        parts[number] += 1
    return parts
''',
            ),
        ],
        label="largest-remainder",
        trailers=["Fixes: CHECKOUT-7"],
        reviewed=[SOFIA, MAYA],
        pr=101,
    )
    score.commit(
        AIKO,
        "Test refunds with every amount there is",
        edit=[
            (
                "tests/test_orders.py",
                "    assert sum(refunds.shares(order, 1001)) == 1001\n",
                "    for cents in range(1, order.total + 1):\n        assert sum(refunds.shares(order, cents)) == cents\n",
            ),
        ],
        reviewed=[SOFIA],
        pr=102,
    )
    score.commit(
        HANNAH,
        "Thank the people who found the cent",
        edit=[("CHANGELOG.md", "- Refunds are booked by line.\n", "- Refunds are booked by line, and add up.\n")],
        pr=103,
    )
    score.commit(
        RUBEN,
        "Retire the codes of the summer",
        edit=[("checkout/pricing/offers.py", '"LAMPDAY": 15, ', "")],
        reviewed=[AIKO],
        pr=104,
    )
    score.release("checkout@1.8.2")
