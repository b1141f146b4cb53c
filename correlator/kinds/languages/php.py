"""PHP 7 and 8: ``Error`` and ``TypeError`` serve many mistakes, so the message decides."""

from correlator.kinds.rules import LANGUAGES, LEANING, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.NONE_DEREF,
        says=(
            "on null$",
            "on null in ",
            "of type null",
            'property "…" on null',
            ", null given",
            "null returned",
        ),
        because="null was used as a value",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        says=("Call to undefined function",),
        sure=0.85,
        runner_up=Kind.HALLUCINATED_PACKAGE,
        because="no loaded file or extension offers this function",
    ),
    Rule(
        kind=Kind.WRONG_ATTRIBUTE,
        says=(
            "Call to undefined method",
            "Undefined property",
            "Access to undeclared static property",
        ),
        sure=0.8,
        runner_up=Kind.HALLUCINATED_API,
        because="the object has no member of this name",
    ),
    Rule(
        kind=Kind.HALLUCINATED_PACKAGE,
        says=(
            "Class '…' not found",
            'Class "…" not found',
            'Interface "…" not found',
            "Interface '…' not found",
            'Trait "…" not found',
            "Trait '…' not found",
        ),
        because="the class that is loaded is not there",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        says=("Undefined class constant", "Undefined constant"),
        sure=LIKELY,
        runner_up=Kind.UNDEFINED_NAME,
        because="no loaded code defines this constant",
    ),
    Rule(
        kind=Kind.UNDEFINED_NAME,
        says=("Undefined variable",),
        because="the variable has no value where it is used",
    ),
    Rule(
        kind=Kind.MISSING_KEY,
        says=('Undefined array key "', "Undefined index", "No query results for model"),
        because="the key or row that was asked for is not there",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        says=("Undefined array key", "Undefined offset", "Uninitialized string offset"),
        because="the position lies outside the array or text",
    ),
    Rule(
        kind=Kind.WRONG_ARGUMENTS,
        says=(
            "Too few arguments to",
            "Unknown named parameter",
            "expects exactly",
            "expects at least",
            "expects at most",
        ),
        because="the call does not fit the signature of what it calls",
    ),
    Rule(kind=Kind.INCOMPLETE_CODE, types=("ParseError",), because="the code could not be read"),
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        says=("^Cannot redeclare", "^Cannot declare class", "contains…abstract method"),
        sure=0.8,
        because="the code declares something twice, or not at all",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        says=(
            "Cannot use object of type…as array",
            "Unsupported operand types",
            "Array to string conversion",
            "must be of type",
            "must be of the type",
            "expects parameter",
            "Cannot access offset of type",
            "string offset",
            "could not be converted to",
            "must be iterable",
        ),
        because="the value is of a type that this operation does not take",
    ),
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        says=("Allowed memory size of", "Maximum execution time of"),
        because="memory or time ran out",
    ),
    Rule(
        kind=Kind.RECURSION_LOOP,
        says=("Maximum function nesting level", "infinite recursion"),
        because="the recursion does not end",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        types=("DivisionByZeroError",),
        because="zero was not thought of",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        says=("Division by zero", "Modulo by zero"),
        because="zero was not thought of",
    ),
    Rule(
        kind=Kind.DATA_MIGRATION,
        says=(
            "Base table or view not found",
            "Unknown column",
            "no such table",
            "no such column",
            "Undefined table",
            "Undefined column",
        ),
        because="the database has no such table or column: code and schema are out of step",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        says=("cURL error", "php_network_getaddresses"),
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        says=(
            "failed to open stream: No such file",
            "Failed to open stream: No such file",
            "Failed opening required",
            "could not find driver",
            "No application encryption key",
        ),
        because="a file, driver or setting that was assumed to be there is not",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        says=("Failed to parse time string", "DateTime::__construct"),
        because="a text is not of the form that the code can read",
    ),
)

_BY_TYPE = (
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("JsonException", "ValidationException", "UniqueConstraintViolationException"),
        sure=LIKELY,
        because="what came is not what the code relied on",
    ),
    Rule(
        kind=Kind.AUTH_PERMISSION,
        types=(
            "AuthenticationException",
            "AuthorizationException",
            "TokenMismatchException",
            "AccessDeniedHttpException",
        ),
        sure=0.85,
        because="it was not allowed",
    ),
    Rule(
        kind=Kind.MISSING_KEY,
        types=("ModelNotFoundException", "OutOfBoundsException"),
        sure=LIKELY,
        because="the key or row that was asked for is not there",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=("ConnectException", "RequestException", "ServerException"),
        sure=LIKELY,
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.WRONG_ARGUMENTS,
        types=("ArgumentCountError",),
        because="the call does not fit the signature of what it calls",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("TypeError",),
        sure=LEANING,
        runner_up=Kind.WRONG_ARGUMENTS,
        because="PHP says that a type does not fit",
    ),
)

LANGUAGES.add("php", Language(_SPECIFIC, _BY_TYPE))
