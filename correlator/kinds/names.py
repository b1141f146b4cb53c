"""What the name of a project's own exception says: nobody can write a rule for each of them.

A name is a promise of whoever chose it, so it never makes a guess certain.
"""

from correlator.kinds.reading import Failure
from correlator.types import Kind, KindGuess

SURE = 0.6
_TRIMMED = ("Exception", "Error", "Failure", "Fault", "Warning")

_ENDINGS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (Kind.INCOMPLETE_CODE, ("NotImplemented", "NotSupported", "Unsupported", "Unimplemented")),
    (Kind.AUTH_PERMISSION, ("Permission", "Permissions", "Forbidden", "Unauthorized", "Denied",
                            "Auth", "Authentication", "Authorization", "Credentials")),
    (Kind.ENV_CONFIG, ("Config", "Configuration", "Settings", "Misconfigured")),
    (Kind.MISSING_KEY, ("NotFound", "DoesNotExist", "Missing", "NoSuchKey", "UnknownKey")),
    (Kind.EXTERNAL_DEPENDENCY, ("Timeout", "TimedOut", "Connection", "Unavailable", "Unreachable",
                                "Disconnected", "Network", "Upstream", "Gateway", "RateLimit",
                                "Throttling")),
    (Kind.ASYNC_CONCURRENCY, ("Deadlock", "Lock", "LockTimeout", "Conflict", "Stale", "Race")),
    (Kind.RESOURCE_EXHAUSTION, ("OutOfMemory", "QuotaExceeded", "LimitExceeded", "Exhausted")),
    (Kind.ENCODING, ("Encoding", "Decoding", "Charset")),
    (Kind.CONTRACT_ASSUMPTION, ("Validation", "Schema", "Invariant", "Assertion", "Protocol",
                                "Integrity", "Unexpected", "InvalidState", "Mismatch")),
    (Kind.WRONG_VALUE_PARSE, ("Parse", "Parser", "Parsing", "Format", "Syntax", "Tokenize")),
    (Kind.DATA_MIGRATION, ("Migration", "Migrations")),
)  # fmt: skip


def by_name(failure: Failure) -> KindGuess | None:
    """The kind that the name's ending stands for; None if it stands for none."""
    name = _trimmed(failure.seen.type)
    for kind, endings in _ENDINGS:
        if name.endswith(endings):
            return KindGuess(
                kind=kind,
                certainty=SURE,
                because=f"the exception is called {failure.seen.type[:80]}",
                source="name of the exception",
            )
    return None


def _trimmed(name: str) -> str:
    for ending in _TRIMMED:
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return name
