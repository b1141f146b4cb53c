"""Secrets go before anything is kept: by the name they stand under, and by what they look like.

Every pattern runs in linear time: it starts only where a word starts, and what it repeats is
bounded or cannot be given back. What is removed reads ``[Filtered]``, so that a reader sees that
something was there.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

FILTERED = "[Filtered]"
_DEPTH = 64

_SAFE_BELOW = frozenset({"modules", "debug_meta", "sdk"})
_WHOLE = frozenset({"environ", "cookies", "cookie"})
_WORDS = frozenset(
    [
        "auth",
        "pwd",
        "pass",
        "passwd",
        "token",
        "tokens",
        "jwt",
        "bearer",
        "cookie",
        "cookies",
        "csrf",
        "xsrf",
        "sid",
        "otp",
        "pin",
        "cvv",
        "cvc",
        "ssn",
        "dsn",
        "credentials",
        "credential",
        "secret",
        "secrets",
    ]
)
_WITHIN = re.compile(
    "passw|passphrase|secret|apikey|accesskey|privatekey|secretkey|signingkey|encryptionkey|"
    "authorization|authtoken|accesstoken|refreshtoken|credential|sessionid|sessionkey|"
    "connectionstring|mysqlpwd|cardnumber|creditcard|setcookie|csrf|xsrf"
)
_CAMEL = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile("[^a-z0-9]+")

_KEYED = (
    r"(?i:(?<![a-z])(?:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?key)?|client[_-]secret|"
    r"api[_-]?key|access[_-]?key|private[_-]?key|(?:access|auth|refresh|id|session)?[_-]?token|"
    r"session[_-]?id|authorization|sentry_secret))"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
            r"[A-Za-z0-9+/=\s\\,:-]*+(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
        ),
        FILTERED,
    ),
    # user:password@ in an address; a user alone (a DSN's public key) is no secret
    (re.compile(r"(?<=://)([^\s/:@'\"]{0,200}):([^\s/@'\"]{1,200})@"), rf"\1:{FILTERED}@"),
    (
        re.compile(
            r"(?i)\b(bearer|basic|token)\s{1,3}(?=[^\s]{0,200}[0-9_.=+/-])[\w.=+/~-]{16,4000}"
        ),
        rf"\1 {FILTERED}",
    ),
    (
        re.compile(rf"({_KEYED}['\"]?\s{{0,3}}(?:=>|[=:])\s{{0,3}}[bru]?['\"])([^'\"\n]{{1,500}})"),
        rf"\1{FILTERED}",
    ),
    (
        re.compile(rf"({_KEYED}=)(?![\[=\s'\"])([^\s&;,'\"\)\]}}]{{1,500}})"),
        rf"\1{FILTERED}",
    ),
    (re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?"), FILTERED),
    (
        re.compile(
            r"(?<![A-Za-z0-9])(?:"
            r"sk-[A-Za-z0-9_-]{16,}+|[rsp]k_(?:live|test)_[A-Za-z0-9]{8,}+|whsec_[A-Za-z0-9]{16,}+|"
            r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|glpat-[A-Za-z0-9_-]{16,}+|"
            r"xox[abeoprs]-[A-Za-z0-9-]{10,}+|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|"
            r"AIza[A-Za-z0-9_-]{30,}+|ya29\.[A-Za-z0-9_-]{20,}+|npm_[A-Za-z0-9]{30,}+|"
            r"pypi-[A-Za-z0-9_-]{30,}+|sntry[su]_[A-Za-z0-9_=+/-]{20,}+|hf_[A-Za-z0-9]{30,}+|"
            r"SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+|dop_v1_[a-f0-9]{40,}+|"
            r"corr_[A-Za-z0-9_-]{30,}+)"
        ),
        FILTERED,
    ),
    (
        re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])"),
        lambda found: FILTERED if _is_card(found[0]) else found[0],
    ),
)
# Nearly every text holds no secret, and finding a word is far cheaper than trying a pattern.
_MARKS = (
    "token", "pass", "secret", "key", "://", "pwd", "bearer", "basic", "session", "authori",
    "-----begin", "eyj", "sk-", "k_live_", "k_test_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_",
    "ghr_", "github_pat", "glpat-", "xox", "akia", "asia", "aiza", "ya29", "npm_", "pypi-",
    "sntry", "hf_", "sg.", "dop_v1", "corr_",
)  # fmt: skip
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){12}")


@lru_cache(maxsize=8192)
def is_sensitive(name: str) -> bool:
    """Whether what stands under this name is to be taken for a secret, whatever it looks like."""
    words = _SPLIT.split(_CAMEL.sub("_", name).lower())
    return not _WORDS.isdisjoint(words) or _WITHIN.search("".join(words)) is not None


def scrub_text(text: str) -> str:
    """The text without tokens, keys, passwords in addresses, and card numbers."""
    if len(text) < 8:
        return text
    lower = text.lower()
    for mark in _MARKS:
        if mark in lower:
            break
    else:
        if not _LONG_NUMBER.search(text):
            return text
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def scrub(value: Any, depth: int = _DEPTH) -> Any:
    """A copy of a JSON value without its secrets; what is nested deeper than 64 levels goes."""
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, Mapping):
        return _scrub_map(value, depth - 1) if depth else FILTERED
    if isinstance(value, list):
        return _scrub_list(value, depth - 1) if depth else FILTERED
    return value


def _scrub_map(value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
    label = value.get("key")
    if isinstance(label, str) and "value" in value and is_sensitive(label[:200]):
        return {**value, "value": _hidden(value["value"])}
    return {name: _under(str(name), held, depth) for name, held in value.items()}


def _under(name: str, held: Any, depth: int) -> Any:
    if held is None or isinstance(held, bool):
        return held
    if name in _SAFE_BELOW:
        return held
    if name.lower() in _WHOLE or is_sensitive(name[:200]):
        return _hidden(held)
    return scrub(held, depth)


def _scrub_list(value: list[Any], depth: int) -> list[Any]:
    if len(value) == 2 and isinstance(value[0], str) and is_sensitive(value[0][:200]):
        return [value[0], _hidden(value[1])]
    return [scrub(entry, depth) for entry in value]


def _hidden(held: Any) -> Any:
    return held if held is None or isinstance(held, bool) or held in ("", [], {}) else FILTERED


def _is_card(text: str) -> bool:
    """Luhn's check, on numbers that a card scheme has given out (they begin with 2 to 6)."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if digits[0] not in range(2, 7) or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
