"""Which version of a package was running, and whether it is known to lack a name."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from correlator.types import Event

REMOVED = Path(__file__).with_name("removed.toml")
# Import name to package name, where they differ and people meet them often.
_PACKAGES = {
    "PIL": "pillow",
    "cv2": "opencv-python",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "jwt": "pyjwt",
}


@dataclass(frozen=True, slots=True)
class Removed:
    """A name that a package no longer offers, from version ``since`` on."""

    package: str
    name: str
    since: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """A package of the event's module list, and its version there."""

    package: str
    version: str


def installed(event: Event, module: str) -> Installed | None:
    """The package that an imported module belongs to, if the event lists it."""
    top = module.partition(".")[0].strip("'\" ")
    wanted = {_plain(top), _plain(_PACKAGES.get(top, top)), _plain(module)}
    for name, version in event.modules.items():
        if _plain(name) in wanted:
            return Installed(name, version)
    return None


def removed(event: Event, name: str, owner: str = "") -> tuple[Removed, Installed] | None:
    """What is known to have been removed before the running version; None if nothing is."""
    for known in _removed():
        if known.name != name or (known.owner and known.owner != owner):
            continue
        here = _running(event, known.package)
        if here is not None and _version(here.version) >= _version(known.since):
            return known, here
    return None


def _running(event: Event, package: str) -> Installed | None:
    if package != "python":
        return installed(event, package)
    runtime = event.contexts.get("runtime")
    version = runtime.get("version") if isinstance(runtime, dict) else None
    return Installed("Python", version) if isinstance(version, str) else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _version(text: str) -> tuple[int, ...]:
    numbers = []
    for part in text.split(".")[:3]:
        digits = "".join(char for char in part[:9] if char.isascii() and char.isdigit())
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


@cache
def _removed() -> tuple[Removed, ...]:
    data = tomllib.loads(REMOVED.read_text(encoding="utf-8"))
    return tuple(Removed(**one) for one in data["name"])
