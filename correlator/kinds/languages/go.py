"""Go: what the runtime and the standard library say; a program's own panics are left to others."""

from correlator.kinds.rules import LANGUAGES, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.NONE_DEREF,
        says=("nil pointer dereference", "assignment to entry in nil map"),
        because="nil was used as a value",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        says=("interface conversion:…is nil, not",),
        because="a nil interface was taken for a value",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        says=("index out of range", "slice bounds out of range", "makeslice: len out of range"),
        because="the position lies outside the slice",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        says=("interface conversion:", "hash of unhashable type", "comparing uncomparable type"),
        because="the value is of another type than the code takes it for",
    ),
    Rule(
        kind=Kind.ASYNC_CONCURRENCY,
        says=(
            "concurrent map writes",
            "concurrent map read and map write",
            "concurrent map iteration and map write",
            "all goroutines are asleep",
            "send on closed channel",
            "close of closed channel",
            "close of nil channel",
            "negative WaitGroup counter",
            "unlock of unlocked mutex",
            "WaitGroup is reused",
            "context canceled",
        ),
        because="goroutines collided, or something was used after its time",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        says=("integer divide by zero",),
        because="zero was not thought of",
    ),
    Rule(
        kind=Kind.RECURSION_LOOP,
        says=("stack overflow", "goroutine stack exceeds"),
        because="the recursion does not end",
    ),
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        says=("out of memory", "cannot allocate memory", "newosproc"),
        because="memory or threads ran out",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        says=("strconv.…: parsing", "parsing time", "invalid character…looking for"),
        because="a text is not of the form that the code can read",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        says=("json: cannot unmarshal", "json: unknown field", "unexpected end of JSON"),
        sure=LIKELY,
        because="what came is not the document that the code relied on",
    ),
    Rule(
        kind=Kind.MISSING_KEY,
        says=("sql: no rows in result set", "record not found"),
        because="the row that was asked for is not there",
    ),
    Rule(
        kind=Kind.WRONG_ARGUMENTS,
        says=("reflect: Call with too", "sql: expected…arguments"),
        because="the call does not fit the signature of what it calls",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        says=("context deadline exceeded", "i/o timeout", "no such host", "TLS handshake timeout"),
        sure=0.85,
        because="another service, or the network, did not answer in time",
    ),
)

LANGUAGES.add("go", Language(_SPECIFIC))
