"""Ruby and Rails, messages of Ruby 2 and 3 (``nil:NilClass`` became ``nil`` in 3.4)."""

from correlator.kinds.rules import LANGUAGES, LEANING, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.NONE_DEREF,
        types=("NoMethodError", "TypeError"),
        says=("for nil:NilClass", "for nil$", "nil can't be coerced", "from nil to", "of nil into"),
        because="nil was used as a value",
    ),
    Rule(
        kind=Kind.UNDEFINED_NAME,
        types=("NameError",),
        says=("undefined local variable or method",),
        because="the name has no value where it is used",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        types=("NameError",),
        says=("uninitialized constant",),
        sure=LEANING,
        runner_up=Kind.UNDEFINED_NAME,
        because="the constant is not defined by what was loaded",
    ),
    Rule(
        kind=Kind.HALLUCINATED_PACKAGE,
        types=("LoadError", "GemNotFound", "MissingSpecError"),
        says=("cannot load such file", "Could not find", "no such file to load"),
        because="the file or gem that is loaded is not there",
    ),
    Rule(
        kind=Kind.WRONG_ATTRIBUTE,
        types=("NoMethodError",),
        says=("undefined method", "private method", "protected method"),
        sure=0.8,
        runner_up=Kind.HALLUCINATED_API,
        because="the object has no method of this name",
    ),
    Rule(
        kind=Kind.WRONG_ARGUMENTS,
        types=("ArgumentError",),
        says=("wrong number of arguments", "missing keyword", "unknown keyword"),
        because="the call does not fit the signature of what it calls",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        types=("ArgumentError", "DateError", "Error", "InvalidURIError"),
        says=("invalid value for", "invalid date", "argument out of range", "bad URI"),
        because="a text is not of the form that the code can read",
    ),
    Rule(
        kind=Kind.ENCODING,
        types=("ArgumentError",),
        says=("invalid byte sequence",),
        because="bytes and text do not fit",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("TypeError",),
        says=("no implicit conversion", "can't convert", "wrong argument type"),
        because="the value is of a type that this operation does not take",
    ),
    Rule(
        kind=Kind.DATA_MIGRATION,
        types=("StatementInvalid", "UndefinedTable", "UndefinedColumn", "UnknownAttributeError"),
        says=(
            "UndefinedTable",
            "UndefinedColumn",
            "does not exist",
            "no such column",
            "no such table",
            "Unknown column",
            "unknown attribute",
        ),
        because="the database has no such table or column: code and schema are out of step",
    ),
    Rule(
        kind=Kind.DATA_MIGRATION,
        types=("PendingMigrationError",),
        because="migrations have not been run",
    ),
    Rule(
        kind=Kind.ASYNC_CONCURRENCY,
        types=("Deadlocked", "StaleObjectError", "ThreadError", "LockWaitTimeout", "FiberError"),
        because="two things ran at the same time, or one after its time",
    ),
)

_BY_TYPE = (
    Rule(
        kind=Kind.MISSING_KEY,
        types=("KeyError", "RecordNotFound"),
        sure=0.85,
        because="the key or row that was asked for is not there",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        types=("IndexError", "RangeError"),
        sure=LIKELY,
        because="the position lies outside the sequence",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        types=("ZeroDivisionError", "FloatDomainError", "StopIteration"),
        because="zero or the end was not thought of",
    ),
    Rule(
        kind=Kind.ENCODING,
        types=("UndefinedConversionError", "InvalidByteSequenceError", "CompatibilityError"),
        because="bytes and text do not fit",
    ),
    Rule(
        kind=Kind.RECURSION_LOOP, types=("SystemStackError",), because="the recursion does not end"
    ),
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        types=("NoMemoryError", "ConnectionTimeoutError"),
        sure=0.85,
        because="memory or the connections of a pool ran out",
    ),
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        types=("NotImplementedError", "SyntaxError"),
        because="the code is not written yet, or could not be read",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=(
            "RecordInvalid",
            "ParserError",
            "NotNullViolation",
            "RecordNotUnique",
            "ParameterMissing",
            "InvalidForeignKey",
            "FrozenError",
        ),
        sure=LIKELY,
        because="what came is not what the code relied on",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=(
            "OpenTimeout",
            "ReadTimeout",
            "SocketError",
            "ECONNREFUSED",
            "ECONNRESET",
            "ConnectionFailed",
            "SSLError",
            "EHOSTUNREACH",
            "ETIMEDOUT",
        ),
        sure=0.85,
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.AUTH_PERMISSION,
        types=("EACCES", "EPERM", "InvalidAuthenticityToken", "NotAuthorizedError", "AccessDenied"),
        sure=0.85,
        because="it was not allowed",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        types=("ENOENT", "MissingKeyError"),
        sure=LIKELY,
        because="a file or setting that was assumed to be there is not",
    ),
)

LANGUAGES.add("ruby", Language(_SPECIFIC, _BY_TYPE))
