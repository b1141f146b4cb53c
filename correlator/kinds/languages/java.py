"""Java and its kin on the JVM: mostly the class says it, the message where it says too little."""

from correlator.kinds.rules import LANGUAGES, LEANING, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.HALLUCINATED_PACKAGE,
        types=("ClassNotFoundException", "NoClassDefFoundError"),
        because="a class that is loaded is not on the class path",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        types=(
            "NoSuchMethodError",
            "NoSuchFieldError",
            "AbstractMethodError",
            "IncompatibleClassChangeError",
        ),
        because="the library on the class path does not offer this member",
    ),
    Rule(
        kind=Kind.HALLUCINATED_API,
        types=("NoSuchMethodException", "NoSuchFieldException"),
        sure=LIKELY,
        runner_up=Kind.WRONG_ATTRIBUTE,
        because="a member is looked up by a name that the class does not have",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        types=("NullPointerException", "KotlinNullPointerException"),
        because="null was used as an object",
    ),
    Rule(
        kind=Kind.NONE_DEREF,
        types=("NoSuchElementException",),
        says=("No value present",),
        because="an empty Optional was opened",
    ),
    Rule(
        kind=Kind.INDEX_BOUNDARY,
        types=(
            "*IndexOutOfBoundsException",
            "NegativeArraySizeException",
            "BufferUnderflowException",
            "BufferOverflowException",
        ),
        because="the position lies outside the array, list or text",
    ),
    Rule(
        kind=Kind.WRONG_TYPE,
        types=("ClassCastException", "ArrayStoreException"),
        because="the object is of another class than the code takes it for",
    ),
    Rule(
        kind=Kind.WRONG_VALUE_PARSE,
        types=(
            "NumberFormatException",
            "DateTimeParseException",
            "UnsupportedTemporalTypeException",
            "ParseException",
            "MalformedURLException",
            "URISyntaxException",
        ),
        because="a text is not of the form that the code can read",
    ),
    Rule(
        kind=Kind.ASYNC_CONCURRENCY,
        types=(
            "ConcurrentModificationException",
            "IllegalMonitorStateException",
            "RejectedExecutionException",
            "DeadlockLoserDataAccessException",
            "CannotAcquireLockException",
            "OptimisticLockException",
            "*OptimisticLockingFailureException",
            "StaleObjectStateException",
            "BrokenBarrierException",
        ),
        because="two things ran at the same time, or one after its time",
    ),
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        types=("OutOfMemoryError",),
        because="memory ran out",
    ),
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        types=("SQLTransientConnectionException",),
        says=("Connection is not available",),
        because="the connections of the pool ran out",
    ),
    Rule(
        kind=Kind.RECURSION_LOOP,
        types=("StackOverflowError",),
        because="the recursion does not end",
    ),
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        types=("NotImplementedError", "NotImplementedException"),
        because="the code says that it is not written yet",
    ),
    Rule(
        kind=Kind.DATA_MIGRATION,
        types=(
            "SQLSyntaxErrorException",
            "BadSqlGrammarException",
            "PSQLException",
            "SQLGrammarException",
            "SQLiteException",
            "SQLException",
            "JdbcSQLSyntaxErrorException",
        ),
        says=(
            "does not exist",
            "Unknown column",
            "doesn't exist",
            "no such table",
            "no such column",
            "not found; SQL",
        ),
        because="the database has no such table or column: code and schema are out of step",
    ),
    Rule(
        kind=Kind.ENCODING,
        types=(
            "MalformedInputException",
            "UnmappableCharacterException",
            "CharacterCodingException",
        ),
        because="bytes and text do not fit",
    ),
)

_BY_TYPE = (
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        types=("ArithmeticException", "InputMismatchException"),
        sure=0.85,
        because="zero or an extreme value was not thought of",
    ),
    Rule(
        kind=Kind.MISSING_CORNER_CASE,
        types=("NoSuchElementException",),
        sure=LIKELY,
        runner_up=Kind.MISSING_KEY,
        because="one more element was taken than there is",
    ),
    Rule(
        kind=Kind.MISSING_KEY,
        types=(
            "EntityNotFoundException",
            "EmptyResultDataAccessException",
            "NoResultException",
        ),
        sure=0.85,
        because="the row that was asked for is not there",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=(
            "ConstraintViolationException",
            "DataIntegrityViolationException",
            "JsonParseException",
            "JsonMappingException",
            "JsonSyntaxException",
            "MismatchedInputException",
            "InvalidFormatException",
            "UnrecognizedPropertyException",
            "HttpMessageNotReadableException",
            "MethodArgumentNotValidException",
            "AssertionError",
        ),
        sure=LIKELY,
        because="what came is not what the code relied on",
    ),
    Rule(
        kind=Kind.CONTRACT_ASSUMPTION,
        types=("IllegalStateException",),
        sure=LEANING,
        because="something was used in a state in which it cannot be",
    ),
    Rule(
        kind=Kind.INCOMPLETE_CODE,
        types=("UnsupportedOperationException",),
        sure=LEANING,
        runner_up=Kind.CONTRACT_ASSUMPTION,
        because="the operation is not there for this object",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        types=(
            "SocketTimeoutException",
            "ConnectException",
            "ConnectTimeoutException",
            "UnknownHostException",
            "NoRouteToHostException",
            "SSLHandshakeException",
            "SocketException",
            "HttpServerErrorException",
            "ResourceAccessException",
            "NoHttpResponseException",
            "CommunicationsException",
        ),
        sure=0.85,
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.AUTH_PERMISSION,
        types=(
            "AccessDeniedException",
            "BadCredentialsException",
            "AccessControlException",
            "ExpiredJwtException",
            "SecurityException",
        ),
        sure=0.85,
        because="it was not allowed",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        types=(
            "FileNotFoundException",
            "NoSuchFileException",
            "BeanCreationException",
            "NoSuchBeanDefinitionException",
            "UnsatisfiedDependencyException",
            "MissingResourceException",
            "UnsatisfiedLinkError",
            "UnsupportedClassVersionError",
        ),
        sure=LIKELY,
        because="a file, bean or library that was assumed to be there is not",
    ),
)

LANGUAGES.add("java", Language(_SPECIFIC, _BY_TYPE))
