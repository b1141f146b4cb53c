"""How everything we run logs: one line an entry, to standard error, as JSON or as text.

What libraries log through ``logging`` goes the same way, so that one reader understands all of
it. Values may come from events and repositories: no control character of theirs reaches a
terminal, and no value is longer than ``LONGEST`` characters (a trace: four times that).
"""

import logging
import re
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST = 4000
LEVELS = logging.getLevelNamesMapping()
# Chatty at INFO about what we log ourselves, or about every request.
QUIET = ("alembic", "httpx", "httpcore", "kombu", "celery.beat", "celery.worker.strategy")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MANY_LINES = frozenset({"exception", "stack"})


def set_up_logs(form: str, level: str) -> None:
    """Log entries of ``level`` and above as ``form``: json or text. May be called again."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_described(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_described(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _made_safe,
                _renderer(form),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    for name in QUIET:
        logging.getLogger(name).setLevel(max(LEVELS[level], logging.WARNING))
    logging.captureWarnings(True)


def _described() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderer(form: str) -> Processor:
    if form == "text":
        # Traces are text by now: without this they would be drawn with the values in them.
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            timestamp_key="at",
            exception_formatter=structlog.dev.plain_traceback,
        )
    return structlog.processors.JSONRenderer(serializer=_as_line)


def _as_line(entry: Any, **_given: Any) -> str:
    return orjson.dumps(entry, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _made_safe(_logger: WrappedLogger, _name: str, entry: EventDict) -> EventDict:
    return {key: _safe(key, value) for key, value in entry.items()}


def _safe(key: str, value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = value if isinstance(value, str) else str(value)
    if key in _MANY_LINES:
        # Of a trace the end says what happened.
        lines = text[-4 * LONGEST :].split("\n")
        return "\n".join(_CONTROL.sub("�", line) for line in lines)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return _CONTROL.sub("�", text)
