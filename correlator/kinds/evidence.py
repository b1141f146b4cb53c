"""Evidence that moves a guess to its neighbour: the diff, the installed versions, the crash line.

Each function looks at a guess and gives another one, with its reason, or None. They are asked in
this order and the first that moves decides; what only supports the guess adds to its reason.
"""

from collections.abc import Callable
from dataclasses import replace

from correlator.kinds.diff import Marks, added_imports, marks
from correlator.kinds.installed import installed, removed
from correlator.kinds.reading import Failure
from correlator.kinds.rules import fits_type
from correlator.types import Kind, KindGuess

Mover = Callable[[Failure, KindGuess, Marks], KindGuess | None]

_ENVIRONMENT = ("os.environ", "environ[", "os.getenv", "process.env", "ENV[", "System.getenv",
                "Environment.GetEnvironmentVariable", "getenv(")  # fmt: skip
_SETTINGS = ("settings[", "settings.", "config[", "app.config", "current_app.config")
_DATABASE = ("*IntegrityError", "*ProgrammingError", "*OperationalError", "*DataError",
             "*SQLException", "*SqlException", "StatementInvalid",
             "DataIntegrityViolationException",
             "NotNullViolation")  # fmt: skip


def weighed(failure: Failure, guess: KindGuess) -> KindGuess:
    """The guess after the evidence: moved to a neighbour, better founded, or as it was."""
    seen = marks(failure.patch)
    for mover in MOVERS:
        if (moved := mover(failure, guess, seen)) is not None:
            return moved
    return _supported(guess, seen)


def _moved(guess: KindGuess, kind: Kind, certainty: float, because: str, by: str) -> KindGuess:
    return KindGuess(
        kind=kind,
        certainty=certainty,
        because=because,
        source=f"evidence {by}",
        runner_up=guess.kind if guess.kind is not kind else guess.runner_up,
    )


def _environment(failure: Failure, guess: KindGuess, _: Marks) -> KindGuess | None:
    """A key that is missing in the environment or the settings is a matter of configuration."""
    if guess.kind not in {Kind.MISSING_KEY, Kind.NONE_DEREF, Kind.WRONG_ATTRIBUTE}:
        return None
    line = failure.crash_line
    if any(word in line for word in _ENVIRONMENT):
        return _moved(
            guess, Kind.ENV_CONFIG, 0.9, "the line that raised reads the environment", "environment"
        )
    if guess.kind is Kind.MISSING_KEY and any(word in line for word in _SETTINGS):
        return _moved(
            guess, Kind.ENV_CONFIG, 0.8, "the line that raised reads a setting", "settings"
        )
    return None


def _version(failure: Failure, guess: KindGuess, _: Marks) -> KindGuess | None:
    """What the installed version never had, or no longer has, is an API that is not there."""
    if guess.kind not in {Kind.WRONG_ATTRIBUTE, Kind.HALLUCINATED_API}:
        return None
    owner, name = _asked(failure.seen.message)
    if not name:
        return None
    if (known := removed(failure.event, name, owner)) is not None:
        gone, here = known
        return _moved(
            guess,
            Kind.HALLUCINATED_API,
            0.95,
            f"{here.package} removed {name!r} in {gone.since}; {here.version} is installed",
            "installed version",
        )
    if guess.kind is not Kind.HALLUCINATED_API:
        return None
    if (package := installed(failure.event, owner)) is not None:
        return replace(
            guess,
            certainty=max(guess.certainty, 0.93),
            because=f"{package.package} {package.version}, the installed version, has no {name!r}",
        )
    return None


def _migration(failure: Failure, guess: KindGuess, seen: Marks) -> KindGuess | None:
    """A database that complains after a migration was changed is out of step with the code."""
    if seen.migration and fits_type(failure.seen.type, _DATABASE):
        return _moved(
            guess, Kind.DATA_MIGRATION, 0.85, "the change that did it touches a migration", "diff"
        )
    return None


def _not_awaited(_: Failure, guess: KindGuess, seen: Marks) -> KindGuess | None:
    if seen.await_removed and guess.kind in {
        Kind.WRONG_TYPE, Kind.WRONG_ATTRIBUTE, Kind.NONE_DEREF, Kind.HALLUCINATED_API,
    }:  # fmt: skip
        because = "the change that did it took an await away"
        return _moved(guess, Kind.ASYNC_CONCURRENCY, 0.85, because, "diff")
    return None


def _swallowed(_: Failure, guess: KindGuess, seen: Marks) -> KindGuess | None:
    """A value is missing because the change that did it drops the error that would have told."""
    if seen.catch_hides and guess.kind is Kind.NONE_DEREF:
        because = "the change that did it catches an error and goes on without the value"
        return _moved(guess, Kind.SWALLOWED_EXCEPTION, 0.75, because, "diff")
    return None


def _new_import(failure: Failure, guess: KindGuess, _: Marks) -> KindGuess | None:
    if guess.kind is not Kind.HALLUCINATED_PACKAGE:
        return None
    name = _quoted(failure.seen.message)
    if name and added_imports(failure.patch, name):
        because = f"{guess.because}; the change that did it imports {name[:80]!r}"
        return replace(guess, certainty=max(guess.certainty, 0.96), because=because)
    return None


def _supported(guess: KindGuess, seen: Marks) -> KindGuess:
    """The same kind, better founded by what the diff did."""
    told = {
        (Kind.NONE_DEREF, "guard_removed"): "the change that did it took a guard away",
        (Kind.INDEX_BOUNDARY, "bound_changed"): "the change that did it moves a boundary",
        (Kind.WRONG_ARGUMENTS, "signature_changed"): "the change that did it changes a signature",
        (Kind.ASYNC_CONCURRENCY, "wait_touched"): "the change that did it touches waiting or locks",
        (Kind.INCOMPLETE_CODE, "placeholder_added"): "the change that did it leaves a placeholder",
    }
    for mark in seen.named():
        if (why := told.get((guess.kind, mark))) is not None:
            sure = min(guess.certainty + 0.04, 0.97)
            return replace(guess, certainty=sure, because=f"{guess.because}; {why}")
    return guess


def _asked(message: str) -> tuple[str, str]:
    """(owner, name) of ``… 'Owner' … attribute 'name'`` and ``cannot import name 'x' from 'm'``."""
    parts = message.split("'")
    if message.startswith("cannot import name") and len(parts) > 1:
        return (parts[3] if len(parts) > 3 else ""), parts[1]
    return (parts[1], parts[3]) if len(parts) > 3 else ("", "")


def _quoted(message: str) -> str:
    """The module that a message quotes: its top package."""
    parts = message.replace('"', "'").split("'")
    return parts[1].partition(".")[0].lower() if len(parts) > 1 else ""


MOVERS: tuple[Mover, ...] = (
    _environment,
    _version,
    _migration,
    _not_awaited,
    _swallowed,
    _new_import,
)
