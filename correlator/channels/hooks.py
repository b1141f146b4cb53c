"""Slack's incoming webhooks, and signed webhooks of one's own."""

import hashlib
import hmac

import orjson

from correlator.channels.message import Message
from correlator.http import Outward

SIGNATURE = "X-Correlator-Signature"
DELIVERY = "X-Correlator-Delivery"


def send_slack(outward: Outward, address: str, message: Message) -> None:
    """Post the blocks to an incoming webhook.

    Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    """
    body = orjson.dumps(dict(message.slack))
    outward.post(address, body, {"Content-Type": "application/json"})


def send_webhook(outward: Outward, address: str, message: Message, secret: str) -> None:
    """Post the report as JSON, signed; the delivery's key is the same each time it is tried."""
    body = message.data.encode()
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: signature(secret, body),
        DELIVERY: message.key,
    }
    outward.post(address, body, headers)


def signature(secret: str, body: bytes) -> str:
    """``sha256=`` and the HMAC-SHA256 of the body under the plan's secret, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
