"""A program that breaks, with the real sentry-sdk in it. Arguments: DSN and how it breaks."""

import logging
import sys

import sentry_sdk


def price_of(item: dict[str, int]) -> int:
    password = "hunter2hunter2"
    return item["price"] * len(password)


def main(dsn: str, how: str) -> None:
    sentry_sdk.init(dsn=dsn, release="shop@1.4.2", environment="staging", send_default_pii=True)
    sentry_sdk.set_user({"id": "7", "email": "shopper@example.test"})
    sentry_sdk.set_tag("tier", "gold")
    if how == "unhandled":
        price_of({})
    if how == "logged":
        sentry_sdk.get_isolation_scope().start_session()
        logging.getLogger("shop.cart").error("order %s failed for %d", "A-1", 7)
        sentry_sdk.get_isolation_scope().end_session()
    sentry_sdk.flush(10)


if __name__ == "__main__":
    main(*sys.argv[1:])
