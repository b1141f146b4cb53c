"""Python: what the type alone says, when no message tells more."""

from correlator.kinds.rules import LEANING, LIKELY, Rule
from correlator.types import Kind

BY_TYPE = (
    Rule(kind=Kind.RECURSION_LOOP, types=("RecursionError",), because="the recursion does not end"),
    Rule(kind=Kind.RESOURCE_EXHAUSTION, types=("MemoryError",), because="memory ran out"),
    Rule(
        kind=Kind.ENCODING,
        types=("UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError", "UnicodeError"),
        because="bytes and text do not fit",
    ),
    Rule(
        kind=Kind.MISSING_KEY,
        types=("KeyError", "*DoesNotExist", "NoResultFound", "ObjectDoesNotExist", "LookupError"),
        sure=0.85,
        because="the key or row that was asked for is not there",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        types=("IndexError",),
        because="the position lies outside the sequence",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("AssertionError", "ValidationError", "RequestValidationError", "SchemaError"),
        sure=LIKELY,
        because="a condition that the code relies on does not hold",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("JSONDecodeError", "XMLSyntaxError"),
        sure=LIKELY,
        runner_up=Kind.WRONG_VALUE_PARSE,
        because="what came is not the document that the code relied on",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("*IntegrityError", "*NotNullViolation", "*UniqueViolation", "*ForeignKeyViolation"),
        sure=LIKELY,
        because="the data breaks a rule of the database that the code relied on",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        types=("FileNotFoundError", "NotADirectoryError"),
        sure=LIKELY,
        because="a file or directory that was assumed to be there is not",
    ),
    Rule(
        kind=Kind.AUTH_PERMISSION,
        types=(
            "PermissionError",
            "PermissionDenied",
            "NotAuthenticated",
            "AuthenticationFailed",
            "InvalidToken",
            "ExpiredSignatureError",
        ),
        because="it was not allowed",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=(
            "ConnectionError",
            "ConnectTimeout",
            "ReadTimeout",
            "ConnectionRefusedError",
            "ConnectionResetError",
            "ConnectionAbortedError",
            "BrokenPipeError",
            "ClientConnectorError",
            "ServerDisconnectedError",
            "RemoteDisconnected",
            "RemoteProtocolError",
            "ConnectError",
            "SSLError",
            "gaierror",
            "MaxRetryError",
            "NewConnectionError",
            "ServiceUnavailable",
            "APIConnectionError",
            "RateLimitError",
            "HTTPError",
            "HTTPStatusError",
        ),
        sure=LIKELY,
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=("TimeoutError", "timeout"),
        sure=LEANING,
        runner_up=Kind.RESOURCE_EXHAUSTION,
        because="something that was waited for did not answer in time",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("TypeError",),
        sure=LEANING,
        runner_up=Kind.WRONG_ARGUMENTS,
        because="Python says that a type does not fit",
    ),
)
