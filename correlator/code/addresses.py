"""Which repository addresses are allowed, and what git may do with each.

git itself would run programs for some addresses (``ext::``), take a host for an option
(``ssh://-oProxyCommand=...``), or read any directory. So an address is refused unless it is one
of four forms: ``https://``, ``ssh://``, ``user@host:path``, or a path under a directory that an
admin allowed. A refusal never repeats a password back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from correlator.code.places import Place, local_place
from correlator.errors import Permanent

LONGEST = 2000

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HELPER = re.compile(r"\A[A-Za-z0-9+.-]*::")
_SCHEME = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = re.compile(r"\A(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[?[0-9A-Fa-f:.]{2,45}\]?)\Z")
_USER = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,63}\Z")
_SCP = re.compile(
    r"\A(?P<user>[^@/:]{1,64}@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^@/:\[\]]+):(?P<path>.+)\Z"
)

_INSTEAD = {
    "http": "it travels unencrypted and can be changed on the way; use https://",
    "git": "the git:// protocol is neither encrypted nor authenticated; use https:// or ssh://",
    "file": "give the plain path instead, without file://",
    "ftp": "use https:// or ssh://",
    "git+ssh": "use ssh://",
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address that passed: as given, and as git is to be told it (``target``).

    ``protocol`` is git's name of the only transport allowed: https, ssh or file.
    """

    text: str
    target: str
    protocol: str
    host: str = ""


def check_address(text: str, allowed: Sequence[Path] = ()) -> Address:
    """The address, if it is one that we may fetch from; Permanent says what to do if not.

    ``allowed``: the directories under which local repositories may lie. A local path is looked
    at afresh on each call, as symbolic links may have moved since.
    """
    if not text or len(text) > LONGEST:
        raise Permanent(f"A repository's address has 1 to {LONGEST} characters.")
    if _UNPRINTABLE.search(text):
        raise Permanent("The address holds control characters: type it anew, without them.")
    if text.startswith("-"):
        raise Permanent("An address must not begin with '-': git would take it for an option.")
    if _HELPER.match(text):
        raise Permanent(
            f"{text.partition('::')[0]!r}:: addresses make git run a program and are never allowed."
            " Use https://, ssh://, user@host:path, or a local path."
        )
    if scheme := _SCHEME.match(text):
        return _check_url(text, scheme[1].lower())
    if scp := _SCP.match(text):
        return _check_scp(text, scp)
    place: Place = local_place(Path(text), allowed)
    return Address(text=text, target=str(place.git_directory), protocol="file")


def _check_url(text: str, scheme: str) -> Address:
    if scheme not in ("https", "ssh"):
        advice = _INSTEAD.get(scheme, "use https:// or ssh://")
        raise Permanent(f"Addresses with {scheme}:// are not allowed: {advice}.")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as fault:
        raise Permanent("The address is not well formed: check its host and port.") from fault
    _check_login(parts, scheme)
    _check_host(host)
    if parts.query or parts.fragment:
        raise Permanent("An address must not have '?' or '#' parts; secrets go in --token-file.")
    _check_path(parts.path.lstrip("/"))
    return Address(text=text, target=text, protocol=scheme, host=host)


def _check_login(parts: SplitResult, scheme: str) -> None:
    if parts.password is not None or (scheme == "https" and parts.username is not None):
        raise Permanent(
            "The address holds a user or password, which would show wherever it is shown."
            " Leave it out, put the token in a file and give --token-file FILE"
            " (for ssh: --key-file FILE)."
        )
    if parts.username is not None and not _USER.match(parts.username):
        raise Permanent("The user in the address may only have letters, digits, '.', '_', '-'.")


def _check_scp(text: str, scp: re.Match[str]) -> Address:
    user, host = (scp["user"] or "").removesuffix("@"), scp["host"]
    if user and not _USER.match(user):
        raise Permanent("The user in the address may only have letters, digits, '.', '_', '-'.")
    _check_host(host)
    _check_path(scp["path"])
    return Address(text=text, target=text, protocol="ssh", host=host)


def _check_host(host: str) -> None:
    if not host:
        raise Permanent("The address names no host.")
    if not _HOST.match(host):
        raise Permanent(
            "The address's host may only have letters, digits, '.', '_' and '-', and must not begin"
            " with '-' (ssh would take it for an option). International names: use the xn-- form."
        )


def _check_path(path: str) -> None:
    if not path.strip("/"):
        raise Permanent("The address names no repository: a path must follow the host.")
    if path.startswith("-"):
        raise Permanent("The repository's path must not begin with '-'.")
