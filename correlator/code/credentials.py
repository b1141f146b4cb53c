"""Credentials of private repositories: kept in files of their own, handed to git by name.

A token lies in a file (mode 0600) in the form that git's credential helpers speak, and the helper
that git is told of prints that file, for one host only. So the token is in no argument, no
environment variable, no configuration and no address; a redirect to another host gets nothing.
A deploy key is a copy, used by ssh alone (no agent, no other key, no user's configuration).
"""

import os
import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from correlator.code.addresses import Address
from correlator.errors import Permanent

DIRECTORY = "credentials"
ANY_USER = "x-access-token"

_TOKEN = re.compile(
    r"\A(?:(?P<user>[\x21-\x39\x3b-\x7e]{1,200}):)?(?P<token>[\x21-\x7e]{1,4000})\Z"
)
_LARGEST = 64 * 1024
_NAME = re.compile(r"\A[0-9a-f]{16}\.(?:token|key)\Z")
_PATH_VARIABLE = "CORRELATOR_GIT_CREDENTIAL"
# Run by git through sh. The file's name comes by the environment, so there is nothing to quote.
_HELPER = f'!f() {{ test "$1" = get && exec cat "${_PATH_VARIABLE}"; }}; f'


@dataclass(frozen=True, slots=True)
class Access:
    """What git needs to reach an address: configuration, environment, and words never to show."""

    config: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def keep_token(data_dir: Path, file: Path) -> str:
    """Keep the token that ``file`` holds (``TOKEN`` or ``USER:TOKEN``); its name in ``repo``."""
    match = _TOKEN.match(_read(file).strip())
    if match is None:
        raise Permanent(
            f"{file} does not hold a token: it should hold one line, TOKEN or USER:TOKEN."
        )
    user = match["user"] or ANY_USER
    return _keep(data_dir, "token", f"username={user}\npassword={match['token']}\n")


def keep_key(data_dir: Path, file: Path) -> str:
    """Keep a copy of a private ssh key without passphrase; its name in ``repo``."""
    text = _read(file).strip().replace("\r\n", "\n") + "\n"
    if "PRIVATE KEY-----" not in text.partition("\n")[0]:
        raise Permanent(f"{file} is not a private ssh key. Give the file without .pub.")
    if "ENCRYPTED" in text[:400] or _is_locked(text):
        raise Permanent(
            f"{file} asks for a passphrase, which nobody can type for a worker. Make a deploy key"
            " without one: ssh-keygen -t ed25519 -N '' -f deploy_key"
        )
    return _keep(data_dir, "key", text)


def _is_locked(text: str) -> bool:
    """Whether an OpenSSH key names a cipher (PROTOCOL.key: magic, then the cipher's name)."""
    first, _, rest = text.partition("\n")
    return "OPENSSH" in first and not rest.startswith("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")


def forget_credential(data_dir: Path, name: str | None) -> None:
    """Remove a kept credential; nothing happens when it is gone already."""
    if name is not None and _NAME.match(name):
        (data_dir / DIRECTORY / name).unlink(missing_ok=True)


def access_to(address: Address, data_dir: Path, credential: str | None) -> Access:
    """How git reaches the address. ``credential`` is the name that keeping gave, or None."""
    config = {f"protocol.{address.protocol}.allow": "always"}
    file = _kept_file(data_dir, credential) if credential else None
    if address.protocol == "ssh":
        return Access(config, {"GIT_SSH_COMMAND": _ssh(data_dir, file), "GIT_SSH_VARIANT": "ssh"})
    if address.protocol != "https" or file is None:
        return Access(config)
    origin = "/".join(address.target.split("/")[:3])
    return Access(
        {**config, f"credential.{origin}.helper": _HELPER},
        {_PATH_VARIABLE: str(file)},
        _secrets(file),
    )


def token_in(data_dir: Path, name: str) -> str | None:
    """The token of a kept credential, for a forge's API; None where it is a key."""
    if name.endswith(".key"):
        return None
    found = _secrets(_kept_file(data_dir, name))
    return found[0] if found else None


def suits(address: Address, credential: str | None) -> None:
    """Permanent if that kind of credential is of no use with that kind of address."""
    kind = (credential or "").rpartition(".")[2]
    if kind == "token" and address.protocol != "https":
        raise Permanent("--token-file goes with an https:// address; for ssh give --key-file.")
    if kind == "key" and address.protocol != "ssh":
        raise Permanent("--key-file goes with an ssh address; for https:// give --token-file.")


def _ssh(data_dir: Path, key: Path | None) -> str:
    known_hosts = _directory(data_dir) / "known_hosts"
    words = ["ssh", "-F", "/dev/null", "-a", "-x"]
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "accept-new",
        "UserKnownHostsFile": _ssh_quoted(known_hosts),
        "ConnectTimeout": "20",
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "4",
        "PermitLocalCommand": "no",
        "ClearAllForwardings": "yes",
        "ControlMaster": "no",
        "ControlPath": "none",
    }
    if key is not None:
        # Not -i: it would not take a path with a percent sign, however written.
        options |= {
            "IdentityFile": _ssh_quoted(key),
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "PreferredAuthentications": "publickey",
        }
    words += [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    return shlex.join(words)


def _ssh_quoted(path: Path) -> str:
    """A path for an ssh option, which splits at spaces and expands ``%``."""
    return '"' + str(path).replace("%", "%%") + '"'


def _secrets(file: Path) -> tuple[str, ...]:
    fields = dict(line.partition("=")[::2] for line in _read(file).splitlines())
    given = fields.get("password", "")
    return (given,) if given else ()


def _kept_file(data_dir: Path, name: str) -> Path:
    file = data_dir.resolve() / DIRECTORY / name
    if not _NAME.match(name) or not file.is_file():
        raise Permanent(
            "The credential kept for this repository is gone from the data directory."
            " Remove the repository and add it again with --token-file or --key-file."
        )
    return file


def _keep(data_dir: Path, kind: str, text: str) -> str:
    name = f"{secrets.token_hex(8)}.{kind}"
    with open(_directory(data_dir) / name, "x", encoding="utf-8", opener=_private) as file:
        file.write(text)
    return name


def _directory(data_dir: Path) -> Path:
    directory = data_dir.resolve() / DIRECTORY
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except OSError as fault:
        raise Permanent(f"{file} cannot be read: {fault.strerror}") from fault
    if len(raw) > _LARGEST:
        raise Permanent(f"{file} is too large to be a token or a key.")
    return raw.decode("utf-8", "replace")
