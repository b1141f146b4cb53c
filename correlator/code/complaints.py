"""What git says when a repository cannot be reached, put so that a person knows what to do.

git offers no codes for these, only words (the C locale's, which do not change with the user's).
They are searched as plain substrings; words nobody foresaw are passed on, redacted.
"""

import re
from dataclasses import dataclass

from correlator.code.addresses import Address
from correlator.code.credentials import Access
from correlator.code.git import Ran
from correlator.errors import CorrelatorError, Permanent, Transient

_LONGEST = 500
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_URL_LOGIN = re.compile(r"(?<=://)[^/@\s]{1,300}@")


@dataclass(frozen=True, slots=True)
class _Complaint:
    """Words by which it is known, how it is told, and whether trying again may help."""

    words: tuple[str, ...]
    told: str
    kind: type[Permanent] | type[Transient] = Permanent


_COMPLAINTS = (
    _Complaint(
        ("no space left on device", "disk quota exceeded"),
        "The disk that holds the mirrors is full: make room, or move CORRELATOR_DATA_DIR.",
        Transient,
    ),
    _Complaint(
        ("host key verification failed", "remote host identification has changed"),
        "The ssh server of {where} shows another key than before. If that is right, remove its"
        " line from credentials/known_hosts in the data directory.",
    ),
    _Complaint(
        (
            "unsupported ssl",
            "ssl certificate problem",
            "certificate verification failed",
            "server certificate",
        ),
        "The certificate of {where} is not trusted here. For a private authority, set"
        " SSL_CERT_FILE to its certificates.",
    ),
    _Complaint(
        (
            "transport 'http' not allowed",
            "transport 'file' not allowed",
            "not allowed",
            "not supported or disabled",
        ),
        "{where} leads to another protocol, which is not followed. Give the address it leads to.",
    ),
    _Complaint(
        (
            "authentication failed",
            "could not read username",
            "could not read password",
            "permission denied",
            "access denied",
            "error: 401",
            "error: 403",
            "too many authentication failures",
            "invalid credentials",
        ),
        "{where} refuses us. {login}",
    ),
    _Complaint(
        ("dubious ownership",),
        "{where} belongs to another user of this machine:"
        " let the user that Correlator runs as own it.",
    ),
    _Complaint(
        ("lazy fetching disabled", "promisor remote", "promisor object"),
        "{where} is a partial clone: its files are not all there."
        " Give the address it was cloned from.",
    ),
    _Complaint(
        (
            "possible repository corruption",
            "unable to read tree",
            "unable to read sha1",
            "bad object",
            "missing blob",
            "missing necessary objects",
            "is corrupt",
        ),
        "The repository at {where} is damaged: objects are missing from it. 'git fsck' there says"
        " which; or give an address that has them all.",
    ),
    _Complaint(
        (
            "repository not found",
            "does not appear to be a git repository",
            "not a git repository",
            "no such file or directory",
            "project you were looking for could not be found",
            "error: 404",
            "error: 410",
            "' not found",
            "not valid: is this a git repository",
        ),
        "There is no repository at {where}: it is gone, or the address is wrong, or it is private."
        " {login}",
    ),
    _Complaint(
        (
            "could not resolve host",
            "couldn't resolve host",
            "could not resolve hostname",
            "connection refused",
            "connection timed out",
            "operation timed out",
            "timed out",
            "failed to connect",
            "couldn't connect",
            "no route to host",
            "network is unreachable",
            "connection reset",
            "connection closed",
            "unexpected disconnect",
            "early eof",
            "hung up unexpectedly",
            "rpc failed",
            "error: 5",
            "error: 429",
            "transfer closed",
            "operation too slow",
            "unable to access",
        ),
        "{where} cannot be reached now. Check the address and the network.",
        Transient,
    ),
)

_LOGIN = {
    "https": "If it is private, put a token that may read it in a file, for --token-file FILE.",
    "ssh": "Give a read-only deploy key of it with --key-file FILE.",
    "file": "See that the user that Correlator runs as may read it.",
}


def complaint(ran: Ran, address: Address, access: Access, seconds: float) -> CorrelatorError:
    """The error to raise for a run that failed; ``seconds`` is the time it was given."""
    if ran.code is None:
        return Transient(
            f"{address.text} did not answer in full within {seconds:.0f} s."
            " For a large repository, raise CORRELATOR_FETCH_TIMEOUT."
        )
    words = redacted(ran.words, access)
    plain = words.lower()
    for known in _COMPLAINTS:
        if any(word in plain for word in known.words):
            told = known.told.format(where=address.text, login=_LOGIN[address.protocol])
            return known.kind(f"{told} (git: {_gist(words)})")
    return Permanent(f"git could not fetch {address.text}: {_gist(words) or ran.code}")


def redacted(words: str, access: Access) -> str:
    """The words without secrets, logins in addresses, or control characters."""
    for secret in access.secrets:
        words = words.replace(secret, "[redacted]")
    return _CONTROL.sub(" ", _URL_LOGIN.sub("", words.replace("\r", "\n")))


def _gist(words: str) -> str:
    """The lines that matter: git's verdicts first, else the last that was said."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    verdicts = [line for line in lines if line.startswith(("fatal:", "error:", "remote: ", "ssh:"))]
    return " / ".join((verdicts or lines)[-3:])[:_LONGEST]
