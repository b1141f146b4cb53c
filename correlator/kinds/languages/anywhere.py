"""What operating systems, networks, databases and the Web say in every language."""

from correlator.kinds.rules import ANYWHERE, LANGUAGES, LIKELY, Language, Rule
from correlator.types import Kind

_SPECIFIC = (
    Rule(
        kind=Kind.RESOURCE_EXHAUSTION,
        says=(
            "Too many open files",
            "No space left on device",
            "Cannot allocate memory",
            "heap out of memory",
            "CUDA out of memory",
            "QueuePool limit",
            "too many clients",
            "Too many connections",
            "too many connections",
            "Connection pool is full",
            "EMFILE",
            "ENOSPC",
            "ENOMEM",
        ),
        because="memory, disk, handles or connections ran out",
    ),
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        says=(
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "ENOTFOUND",
            "EAI_AGAIN",
            "EHOSTUNREACH",
            "ENETUNREACH",
            "socket hang up",
            "Connection refused",
            "connection refused",
            "Connection reset by peer",
            "connection reset by peer",
            "Name or service not known",
            "Temporary failure in name resolution",
            "nodename nor servname",
            "Failed to establish a new connection",
            "Network is unreachable",
            "No route to host",
            "503 Service Unavailable",
            "502 Bad Gateway",
            "504 Gateway",
            "500 Server Error",
            "Service Unavailable",
            "server closed the connection unexpectedly",
            "certificate verify failed",
            "connection timed out",
            "Connection timed out",
        ),
        because="another service, or the network, failed",
    ),
    Rule(
        kind=Kind.AUTH_PERMISSION,
        says=(
            "EACCES",
            "EPERM",
            "Permission denied",
            "permission denied",
            "Access is denied",
            "Access denied",
            "Operation not permitted",
            "jwt expired",
            "jwt malformed",
            "401 Unauthorized",
            "401 Client Error",
            "403 Forbidden",
            "403 Client Error",
            "invalid_grant",
            "Missing Access",
            "Missing Permissions",
            "password authentication failed",
        ),
        because="it was not allowed",
    ),
    Rule(
        kind=Kind.ENV_CONFIG,
        says=(
            "ENOENT",
            "environment variable",
            "No such file or directory",
            "The system cannot find the file specified",
            "cannot find the path",
            "is not configured",
            "EADDRINUSE",
            "ddress already in use",
            "command not found",
        ),
        sure=0.85,
        because="a file, setting or address that was assumed to be there is not",
    ),
)

_BY_TYPE = (
    Rule(
        kind=Kind.EXTERNAL_DEPENDENCY,
        says=("404 Client Error", "429 Client Error", "Too Many Requests", "rate limit"),
        sure=LIKELY,
        because="another service answered with an error",
    ),
)

LANGUAGES.add(ANYWHERE, Language(_SPECIFIC, _BY_TYPE))
