"""C# and its kin on .NET: the class says most, the message where a class serves many mistakes."""

from correlator.kinds.rules import LANGUAGES, LEANING, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.NONE_DEREF,
        types=("NullReferenceException",),
        because="null was used as an object",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        types=("ArgumentNullException",),
        sure=0.85,
        runner_up=Kind.WRONG_ARGUMENTS,
        because="null was handed to something that needs a value",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        types=("InvalidOperationException",),
        says=("Nullable object must have a value",),
        because="an empty value was opened",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        types=("InvalidOperationException",),
        says=(
            "Sequence contains no",
            "Sequence contains more than one",
            "Stack empty",
            "Queue empty",
        ),
        because="none, or more than one, was not thought of",
    ),
    Rule(
        kind=Kind.ASYNC_CONCURRENCY,
        types=("InvalidOperationException",),
        says=(
            "Collection was modified",
            "different thread owns it",
            "second operation was started on this context",
            "Cross-thread operation",
        ),
        because="two things ran at the same time, or in the wrong thread",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        types=("InvalidOperationException",),
        says=(
            "Unable to resolve service for type",
            "No service for type",
            "Unable to configure",
            "connection string",
        ),
        because="a service or setting is not registered",
    ),
    Rule(
        kind=Kind.HALLUCINATED_PACKAGE,
        types=("FileNotFoundException", "FileLoadException"),
        says=("Could not load file or assembly",),
        because="the assembly that is loaded is not there",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        types=(
            "MissingMethodException",
            "MissingFieldException",
            "MissingMemberException",
            "EntryPointNotFoundException",
            "TypeLoadException",
        ),
        because="the library that was loaded does not offer this member",
    ),
    Rule(
        kind=Kind.WRONG_ATTRIBUTE,
        types=("RuntimeBinderException",),
        sure=0.85,
        because="the object has no member of this name",
    ),
    Rule(
        kind=Kind.DATA_MIGRATION,
        types=("SqlException", "PostgresException", "SqliteException", "MySqlException"),
        says=(
            "Invalid column name",
            "Invalid object name",
            "does not exist",
            "no such table",
            "no such column",
            "Unknown column",
            "doesn't exist",
        ),
        because="the database has no such table or column: code and schema are out of step",
    ),
    Rule(
        kind=Kind.ASYNC_CONCURRENCY,
        types=(
            "ObjectDisposedException",
            "DbUpdateConcurrencyException",
            "SynchronizationLockException",
            "LockRecursionException",
            "AbandonedMutexException",
        ),
        because="something was used after its time, or two writers collided",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        types=("DllNotFoundException", "BadImageFormatException", "PlatformNotSupportedException"),
        because="a system library is missing or does not fit the platform",
    ),
)

_BY_TYPE = (
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        types=("IndexOutOfRangeException",),
        because="the position lies outside the array",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        types=("ArgumentOutOfRangeException",),
        sure=LIKELY,
        runner_up=Kind.WRONG_ARGUMENTS,
        because="the position or value lies outside what is allowed",
    ),
    Rule(kind=Kind.MISSING_KEY, types=("KeyNotFoundException",), because="the key is not there"),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("InvalidCastException", "ArrayTypeMismatchException"),
        because="the object is of another class than the code takes it for",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        types=("FormatException", "UriFormatException", "OverflowException"),
        sure=0.85,
        because="a text is not of the form that the code can read",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        types=("DivideByZeroException",),
        because="zero was not thought of",
    ),
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        types=("OutOfMemoryException", "InsufficientMemoryException"),
        because="memory ran out",
    ),
    Rule(
        kind=Kind.RECURSION_LOOP,
        types=("StackOverflowException", "InsufficientExecutionStackException"),
        because="the recursion does not end",
    ),
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        types=("NotImplementedException",),
        because="the code says that it is not written yet",
    ),
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        types=("NotSupportedException",),
        sure=LEANING,
        runner_up=Kind.CONTRACT_ASSUMPTION,
        because="the operation is not there for this object",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=(
            "JsonException",
            "JsonReaderException",
            "JsonSerializationException",
            "DbUpdateException",
            "ValidationException",
            "XmlException",
        ),
        sure=LIKELY,
        because="what came is not what the code relied on",
    ),
    Rule(
        kind=Kind.WRONG_ARGUMENTS,
        types=("ArgumentException", "TargetParameterCountException"),
        sure=LEANING,
        runner_up=Kind.CONTRACT_ASSUMPTION,
        because="an argument was handed over that the callee refuses",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=(
            "HttpRequestException",
            "SocketException",
            "WebException",
            "RpcException",
        ),
        sure=0.85,
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=("TimeoutException", "TaskCanceledException"),
        sure=LEANING,
        runner_up=Kind.RESOURCE_EXHAUSTION,
        because="something that was waited for did not come in time",
    ),
    Rule(
        kind=Kind.AUTH_PERMISSION,
        types=(
            "UnauthorizedAccessException",
            "SecurityException",
            "SecurityTokenExpiredException",
            "AuthenticationException",
        ),
        because="it was not allowed",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        types=(
            "FileNotFoundException",
            "DirectoryNotFoundException",
            "ConfigurationErrorsException",
            "OptionsValidationException",
        ),
        sure=LIKELY,
        because="a file or setting that was assumed to be there is not",
    ),
    Rule(
        kind=Kind.ENCODING,
        types=("DecoderFallbackException", "EncoderFallbackException"),
        because="bytes and text do not fit",
    ),
)

LANGUAGES.add("csharp", Language(_SPECIFIC, _BY_TYPE))
