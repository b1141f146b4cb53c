"""Reads ``.correlator.toml``: rules a team wrote by hand, so a fault names line, key and remedy.

Nothing unknown is passed over: a misspelt key would be a rule that silently does not hold. The
``[provenance]`` table belongs to another reader and is left alone. Form: docs/policy.md.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from difflib import get_close_matches
from typing import Any

from correlator.errors import Permanent
from correlator.policy.rules import (
    Approval,
    CanaryFirst,
    Freeze,
    Policy,
    Rule,
    Scope,
    Untouchable,
    Window,
)
from correlator.policy.tables import Place, clock_of, line_of, zone_of
from correlator.policy.waivers import read_waiver
from correlator.types import Author

FILE = ".correlator.toml"
LARGEST = 256 * 1024
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOT_OURS = ("provenance",)
_TABLES = ("policy", "groups", "people", "services", "critical")
_SCOPE = ("name", "paths", "except_paths", "services", "provenance", "environments", "critical")
_KEYS = {
    "approval": (*_SCOPE, "approvers", "groups", "owners"),
    "untouchable": _SCOPE,
    "canary": (*_SCOPE, "canary", "hold_minutes"),
    "freeze": (*_SCOPE, "since", "until"),
    "window": (*_SCOPE, "days", "since", "until", "zone"),
    "waiver": ("rule", "by", "reason", "expires", "commits", "pull_requests", "paths"),
}
_PERSON = re.compile(r"\A(?:@[\w.\-\[\]]{1,100}|[^@\s]{1,100}@[^@\s]{1,200})\Z")


def read_policy(text: str, where: str = FILE) -> Policy:
    """The policy that the file states. Permanent names the line, the key and what is wrong."""
    if len(text) > LARGEST:
        raise Permanent(f"{where} is larger than {LARGEST // 1024} KiB.")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Permanent(f"{where} is not TOML: {fault}.") from fault
    except RecursionError as fault:
        raise Permanent(f"{where} is nested too deeply.") from fault
    return _Reader(text, where).policy(said)


@dataclass
class _Reader:
    """Reads the tables; the small ones first, for the rules refer to them."""

    source: str
    where: str
    zone: tzinfo = UTC
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    services: dict[str, tuple[str, ...]] = field(default_factory=dict)
    critical: tuple[str, ...] = ()

    def policy(self, said: Mapping[str, Any]) -> Policy:
        self._known_tables(said)
        self._zone(self._table(said, "policy"))
        self.groups = self._names(self._table(said, "groups"))
        people = self._names(self._table(said, "people"))
        services = self._table(said, "services")
        self.services = {name: services.patterns(name) for name in services.data}
        self._critical(self._table(said, "critical"))
        rules = [
            read(place) for kind, read in self._kinds().items() for place in self._array(said, kind)
        ]
        self._names_differ(rules)
        waivers = [read_waiver(place, rules) for place in self._array(said, "waiver")]
        return Policy(rules=tuple(rules), groups=self.groups, people=people, waivers=tuple(waivers))

    def fault(self, table: str, at: int, key: str, message: str) -> Permanent:
        line = line_of(self.source, table, at, key)
        name = f"[[{table}]] number {at + 1}" if table in _KEYS else f"[{table}]"
        return Permanent(f"{self.where}, line {line}: {name}, {key!r}: {message}.")

    def _kinds(self) -> dict[str, Callable[[Place], Rule]]:
        return {
            "approval": self._approval,
            "untouchable": self._untouchable,
            "canary": self._canary,
            "freeze": self._freeze,
            "window": self._window,
        }

    def _known_tables(self, said: Mapping[str, Any]) -> None:
        known = (*_TABLES, *_KEYS)
        for name in said:
            if name in known or name in _NOT_OURS:
                continue
            close = get_close_matches(name, known, 1)
            hint = f"; is {close[0]!r} meant?" if close else f"; known: {', '.join(known)}"
            line = line_of(self.source, name, 0, name)
            raise Permanent(f"{self.where}, line {line}: there is no table {name!r}{hint}.")

    def _table(self, said: Mapping[str, Any], name: str) -> Place:
        data = said.get(name, {})
        if not isinstance(data, dict):
            raise self.fault(name, 0, name, f"must be a table: [{name}]")
        return Place(self, name, 0, data)

    def _array(self, said: Mapping[str, Any], name: str) -> list[Place]:
        data = said.get(name, [])
        if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
            line = line_of(self.source, name, 0, name)
            raise Permanent(
                f"{self.where}, line {line}: write [[{name}]], in two brackets: there may be many."
            )
        places = [Place(self, name, at, one) for at, one in enumerate(data)]
        for place in places:
            place.known(_KEYS[name])
        return places

    def _zone(self, place: Place) -> None:
        place.known(("zone",))
        if "zone" in place.data:
            self.zone = zone_of(place)

    def _names(self, place: Place) -> dict[str, frozenset[str]]:
        found = {}
        for group in place.data:
            names = place.texts(group)
            for name in names:
                if not _PERSON.match(name):
                    raise place.fault(group, f"{name!r} is neither @login nor a mail address")
            found[group.casefold().removeprefix("@")] = frozenset(one.casefold() for one in names)
        return found

    def _critical(self, place: Place) -> None:
        place.known(("paths", "services"))
        self.critical = (*place.patterns("paths"), *self._of_services(place))

    def _of_services(self, place: Place) -> tuple[str, ...]:
        paths: list[str] = []
        for name in place.texts("services"):
            if name not in self.services:
                raise place.fault("services", f"{name!r} is not in [services], which gives paths")
            paths += self.services[name]
        return tuple(paths)

    def _scope(self, place: Place) -> Scope:
        authors = []
        for name in place.texts("provenance"):
            if name not in set(Author):
                raise place.fault("provenance", f"{name!r} is none of {', '.join(Author)}")
            authors.append(Author(name))
        critical = self.critical if place.flag("critical") else ()
        if place.flag("critical") and not critical:
            raise place.fault("critical", "there is no [critical] table with paths or services")
        return Scope(
            paths=(*place.patterns("paths"), *self._of_services(place), *critical),
            except_paths=place.patterns("except_paths"),
            provenance=frozenset(authors),
            environments=frozenset(place.texts("environments")),
        )

    def _approval(self, place: Place) -> Approval:
        groups = place.data.get("groups", {})
        if not isinstance(groups, dict):
            raise place.fault("groups", "must be a table, as {senior = 1}")
        wanted = {}
        for name in groups:
            group = name.casefold().removeprefix("@")
            if group not in self.groups:
                raise place.fault("groups", f"{name!r} is not in [groups]")
            wanted[group] = Place(self, place.table, place.at, groups).whole(name, 1)
        approvers, owners = place.whole("approvers", 0), place.flag("owners")
        if not approvers and not any(wanted.values()) and not owners:
            raise place.fault("approvers", "the rule asks for nothing: give approvers or groups, "
                              "or owners = true")  # fmt: skip
        return Approval(
            name=place.text("name"),
            scope=self._scope(place),
            approvers=approvers,
            groups=wanted,
            owners=owners,
            line=line_of(self.source, place.table, place.at, "name"),
        )

    def _untouchable(self, place: Place) -> Untouchable:
        scope = self._scope(place)
        if not scope.paths:
            raise place.fault("paths", "say which files: without any, nothing could be changed")
        line = line_of(self.source, place.table, place.at, "name")
        return Untouchable(name=place.text("name"), scope=scope, line=line)

    def _canary(self, place: Place) -> CanaryFirst:
        return CanaryFirst(
            name=place.text("name"),
            scope=self._scope(place),
            canary=place.text("canary", "canary"),
            hold=timedelta(minutes=place.whole("hold_minutes", 0)),
            line=line_of(self.source, place.table, place.at, "name"),
        )

    def _freeze(self, place: Place) -> Freeze:
        since, until = place.moment("since"), place.moment("until", end_of_day=True)
        if until <= since:
            raise place.fault("until", "lies before 'since'")
        line = line_of(self.source, place.table, place.at, "name")
        scope = self._scope(place)
        return Freeze(name=place.text("name"), scope=scope, since=since, until=until, line=line)

    def _window(self, place: Place) -> Window:
        days = frozenset(place.texts("days") or _DAYS)
        if odd := days - set(_DAYS):
            raise place.fault("days", f"{min(odd)!r} is none of {', '.join(_DAYS)}")
        since, until = clock_of(place, "since"), clock_of(place, "until")
        return Window(
            name=place.text("name"),
            scope=self._scope(place),
            days=frozenset(_DAYS.index(day) for day in days),
            since=since,
            until=until,
            zone=zone_of(place) if "zone" in place.data else self.zone,
            line=line_of(self.source, place.table, place.at, "name"),
        )

    def _names_differ(self, rules: list[Rule]) -> None:
        seen: set[str] = set()
        for rule in rules:
            if rule.name in seen:
                raise Permanent(
                    f"{self.where}, line {rule.line}: two rules are called {rule.name!r}; "
                    "waivers go by name."
                )
            seen.add(rule.name)
