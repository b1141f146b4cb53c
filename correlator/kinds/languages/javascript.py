"""JavaScript and TypeScript: V8 first, then what SpiderMonkey and JavaScriptCore say instead."""

from correlator.kinds.rules import LANGUAGES, LEANING, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.ENCODING,
        types=("URIError",),
        because="percent-encoded text could not be decoded",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        says=("NODE_MODULE_VERSION", "ERR_DLOPEN_FAILED", "invalid ELF header"),
        because="a native module was built for another runtime",
    ),
    Rule(
        kind=Kind.HALLUCINATED_PACKAGE,
        says=(
            "Cannot find module '",
            'Cannot find module "',
            "Cannot find package '",
            "Failed to resolve module specifier",
            "Module not found: Error",
            "Unable to resolve module",
        ),
        because="the module that is loaded is not there",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        says=(
            "Cannot read propert…of undefined",
            "Cannot read propert…of null",
            "Cannot set propert…of undefined",
            "Cannot set propert…of null",
            "undefined is not an object",
            "null is not an object",
            "Cannot destructure property…as it is undefined",
            "Cannot destructure property…as it is null",
            "Cannot destructure '…as it is undefined",
            "Cannot destructure '…as it is null",
            "Cannot convert undefined or null to object",
            "object null is not iterable",
            "undefined is not iterable",
            "Cannot use 'in' operator to search for…in undefined",
            "Cannot use 'in' operator to search for…in null",
        ),
        because="a member was asked of undefined or null",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        types=("TypeError",),
        says=(
            " is undefined$",
            " is null$",
            "undefined has no properties",
            "null has no properties",
        ),
        because="a value that is used is undefined or null",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        types=("SyntaxError",),
        says=("does not provide an export named", "The requested module"),
        because="the module is there, but does not export this name",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        says=("Digest method not supported", "Unknown cipher", "Unknown encoding"),
        sure=LIKELY,
        because="the library does not know this algorithm",
    ),
    Rule(
        kind=Kind.UNDEFINED_NAME,
        types=("ReferenceError",),
        because="the name is used before it has a value, or without being defined",
    ),
    Rule(
        kind=Kind.RECURSION_LOOP,
        says=("Maximum call stack", "too much recursion", "Maximum update depth exceeded"),
        because="the recursion does not end",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        types=("RangeError",),
        says=("Invalid array length", "out of range", "out of bounds", "Invalid count value"),
        because="a length or position lies outside what is there",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        says=(
            "Invalid time value",
            "Invalid date",
            "Invalid URL",
            "to a BigInt",
        ),
        because="a text is not of the form that the code can read",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        types=("RangeError",),
        says=("is not a valid",),
        sure=LIKELY,
        because="a text is not of the form that the code can read",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("SyntaxError",),
        says=("JSON", "Unexpected token <", "Unexpected end of input"),
        sure=LIKELY,
        runner_up=Kind.WRONG_VALUE_PARSE,
        because="what came is not the JSON that the code relied on",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("ZodError", "ValidationError", "AssertionError"),
        sure=LIKELY,
        because="a condition that the code relies on does not hold",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("TypeError",),
        says=(
            "is not iterable",
            "Cannot mix BigInt",
            "Assignment to constant",
            "must be of type",
            "circular structure",
            "Cannot convert a Symbol",
            "is not an Object",
            "must be an instance of",
        ),
        because="the value is of a type that this operation does not take",
    ),
    Rule(
        kind=Kind.ASYNC_CONCURRENCY,
        says=(
            "ERR_STREAM_DESTROYED",
            "write after end",
            "ERR_HTTP_HEADERS_SENT",
            "Cannot set headers after",
            "already been used",
            "already been consumed",
            "body stream already read",
            "body used already",
            "state update on an unmounted",
            "callback was already called",
            "Callback was already called",
        ),
        because="something was used after its time, or twice",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        says=(
            "ChunkLoadError",
            "Loading chunk",
            "Loading CSS chunk",
            "dynamically imported module",
        ),
        because="a part of the page could not be loaded",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=("FetchError", "ChunkLoadError"),
        sure=LIKELY,
        because="a request to another service failed",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        says=(
            "status code 5",
            "status code 4",
            "Failed to fetch",
            "fetch failed",
            "Load failed",
            "Network Error",
        ),
        sure=0.85,
        because="a request to another service failed",
    ),
)

_BY_TYPE = (
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        types=("SyntaxError",),
        sure=LIKELY,
        because="the code could not be read",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        types=("TypeError",),
        says=("….…is not a function", "is not a constructor"),
        sure=LEANING,
        runner_up=Kind.WRONG_ATTRIBUTE,
        because="the object does not offer this function",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("TypeError",),
        says=("is not a function",),
        sure=LIKELY,
        runner_up=Kind.HALLUCINATED_API,
        because="what is called is not a function",
    ),
)

LANGUAGES.add("javascript", Language(_SPECIFIC, _BY_TYPE))
