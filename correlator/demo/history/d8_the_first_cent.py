"""1.8.1: a fix for the refunds that fixes what was reported, and not what was wrong."""

from correlator.demo.people import *


def play(score):
    score.commit(
        SOFIA,
        "Give the missing cent to the first line",
        "Two lines of the same price share 1001 cents as 500 and 500.",
        edit=[
            (
                "checkout/refunds.py",
                '''
    return [round(cents * line.total / order.cart.subtotal) for line in lines]
''',
                '''
    parts = [round(cents * line.total / order.cart.subtotal) for line in lines]
    if sum(parts) < cents:
        parts[0] += 1
    return parts
''',
            ),
        ],
        tool=CODEX,
        label="first-cent",
        trailers=["Fixes: CHECKOUT-7"],
        reviewed=[AIKO],
        pr=96,
    )
    score.commit(
        MEILING,
        "Pack arc lamps upright",
        edit=[
            (
                "checkout/shipping/parcels.py",
                '''
    return "PALLET"
''',
                '''
    return "PALLET"  # upright: the warehouse has tall ones
''',
            ),
        ],
        pr=97,
    )
    score.commit(
        JONAS,
        "Test on Python 3.12, too",
        edit=[
            (
                ".github/workflows/tests.yml",
                '''
    runs-on: ubuntu-latest
''',
                '''
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ["3.11", "3.12"]
''',
            ),
            (".github/workflows/tests.yml", 'python-version: "3.11"', "python-version: ${{ matrix.python }}"),
        ],
        reviewed=[DANIEL],
        pr=98,
    )
    score.commit(
        LENA,
        "Test the refund that failed",
        edit=[
            (
                "tests/test_orders.py",
                '''
def test_an_empty_order''',
                '''
def test_an_odd_refund_is_divided_without_a_rest():
    order = orders.place(cart.read([{"sku": "BLB-E27"}, {"sku": "BLB-E27"}]), "DE")
    assert sum(refunds.shares(order, 1001)) == 1001


def test_an_empty_order''',
            ),
            ("tests/test_orders.py", "from checkout import cart, orders\n", "from checkout import cart, orders, refunds\n"),
        ],
        pr=99,
    )
    score.release("checkout@1.8.1")
