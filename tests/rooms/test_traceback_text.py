"""Plain tracebacks, as people paste them."""

import time
from datetime import UTC, datetime

import pytest

from correlator.errors import Permanent
from correlator.sources.traceback_text import parse_traceback
from correlator.types import Event

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def read(text: str) -> Event:
    return parse_traceback(text, received_at=NOW)


PYTHON = """\
starting up
Traceback (most recent call last):
  File "/srv/app/shop/db.py", line 10, in fetch
    return rows[key]
           ~~~~^^^^^
KeyError: 'total'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in <module>
    main()
  File "/srv/app/shop/cart.py", line 42, in pay
    raise shop.errors.CartError("no total: {}") from None
shop.errors.CartError: no total: {}
"""

NODE = """\
/srv/app/src/cart.js:12
    throw new TypeError('x')
    ^

TypeError: Cannot read properties of undefined (reading 'total')
    at Cart.pay (/srv/app/src/cart.js:12:11)
    at async handler (file:///srv/app/src/server.mjs:40:5)
    at /srv/app/node_modules/express/lib/router.js:284:15
    at node:internal/process/task_queues:95:5 {
  [cause]: RangeError: bad size
      at fetchRows (/srv/app/src/db.js:7:9)
}
"""

JAVA = """\
Exception in thread "main" com.acme.CheckoutException: no total
\tat com.acme.Checkout.pay(Checkout.java:42)
\tat com.acme.Main.main(Main.java:7)
Caused by: java.lang.NullPointerException: Cannot invoke "Cart.total()"
\tat app//com.acme.db.Rows.first(Rows.java:19)
\tat com.acme.Checkout.lambda$pay$0(Checkout.java:40)
\t... 1 more
"""


def test_a_python_chain_keeps_the_innermost_cause_first() -> None:
    event = read(PYTHON)
    assert [raised.type for raised in event.exceptions] == ["KeyError", "CartError"]
    assert event.exceptions[1].module == "shop.errors"
    assert [(f.function, f.lineno) for f in event.trace] == [("<module>", 3), ("pay", 42)]
    assert event.exceptions[0].frames[0].context_line == "return rows[key]"


def test_a_node_trace_is_turned_round_and_its_cause_comes_first() -> None:
    event = read(NODE)
    assert [raised.type for raised in event.exceptions] == ["RangeError", "TypeError"]
    assert event.exceptions[1].value.startswith("Cannot read properties")
    crash = event.trace[-1]
    assert (crash.filename, crash.function, crash.lineno, crash.colno) == (
        "/srv/app/src/cart.js",
        "Cart.pay",
        12,
        11,
    )
    assert [frame.in_app for frame in event.trace] == [False, False, None, None]


def test_a_java_trace_has_its_root_cause_first_and_modules() -> None:
    event = read(JAVA)
    assert [raised.type for raised in event.exceptions] == [
        "NullPointerException",
        "CheckoutException",
    ]
    crash = event.exceptions[0].frames[-1]
    assert (crash.module, crash.filename, crash.lineno) == ("com.acme.db.Rows", "Rows.java", 19)


@pytest.mark.parametrize("text", ["", "hello", "Error: no frames here", "{", "\x00\x01"])
def test_text_without_a_trace_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Permanent, match="Paste it from its first line"):
        read(text)


@pytest.mark.parametrize(
    "start", ["    at ", '  File "', "A" * 50 + ".", "Caused by: ", "    at a ("]
)
def test_hostile_lines_cost_no_time(start: str) -> None:
    began = time.monotonic()
    text = "\n".join([PYTHON, *[start + "a.b(" * 2000] * 300, *[start + " " * 4000] * 100])
    read(text)
    assert time.monotonic() - began < 5
