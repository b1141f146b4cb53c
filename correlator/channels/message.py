"""What is told, in every form that a channel may want, and how recipients are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from correlator.errors import Permanent

CHANNELS = ("email", "slack", "webhook")
MOST_RECIPIENTS = 50
LONGEST_ADDRESS = 1000
# Narrower than RFC 5321 allows: no quoting, no spaces, nothing that ends a header or a command.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell. ``key`` is the same however often it is tried; ``pictures``: PNG by the
    content id that ``html`` names."""

    key: str
    title: str
    text: str
    html: str
    slack: Mapping[str, Any]
    data: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def recipients_of(text: str) -> list[dict[str, str]]:
    """Recipients, one a line: ``email ana@example.org``, ``slack https://…``, ``webhook https://…``.

    Permanent, with every line that cannot be used."""
    found, faults = [], []
    for line in filter(None, map(str.strip, text.splitlines())):
        channel, _, address = line.partition(" ")
        one = {"channel": channel.lower(), "address": address.strip()}
        fault = fault_of(one)
        if fault:
            faults.append(f"{line[:80]!r}: {fault}")
        elif one not in found:
            found.append(one)
    if len(found) > MOST_RECIPIENTS:
        faults.append(f"There are more than {MOST_RECIPIENTS} recipients.")
    if faults:
        raise Permanent("These recipients cannot be used:\n" + "\n".join(faults))
    return found


def fault_of(recipient: Mapping[str, str]) -> str:
    """What is wrong with a recipient; empty if nothing is."""
    channel, address = recipient["channel"], recipient["address"]
    if channel not in CHANNELS:
        return f"a line begins with {', '.join(CHANNELS)}."
    if len(address) > LONGEST_ADDRESS or not address.isprintable():
        return "that is no address."
    if channel == "email":
        return "" if _MAILBOX.fullmatch(address) else "that is no e-mail address."
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        known = False
    return "" if known else "that is no https:// address."


def shown(recipient: Mapping[str, str]) -> str:
    """A recipient without what would let somebody else post there: the path of a hook is secret."""
    if recipient["channel"] == "email":
        return recipient["address"]
    return f"{urlsplit(recipient['address']).hostname}/…"
