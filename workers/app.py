"""The Celery app: messages that say "look". Truth is in the database, so results are not kept.

The broker may lose every message: the sweep finds what nobody was woken for. Queues keep quick
work from standing behind slow work: ``intake`` (digest, sweep), ``think`` (investigate), ``fetch``,
``survey`` (prepare, too), and ``learn`` (label, train, train_kinds, refit_classes, compare, report,
preview), which can wait for all the others and has a worker process of its own.
"""

import logging
import random
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

from correlator.logs import set_up_logs
from correlator.settings import Settings, load_settings
from correlator.types import Next

log = structlog.get_logger(__name__)

QUEUES = {
    "digest": "intake",
    "sweep": "intake",
    "investigate": "think",
    "account": "think",
    "follow_up": "think",
    "reconsider": "think",
    "mended": "think",
    "health": "intake",
    "roll_out": "think",
    "prepare": "survey",
    "survey": "survey",
    "fetch": "fetch",
    "retain": "fetch",
    "count": "think",
    "label": "learn",
    "train": "learn",
    "train_kinds": "learn",
    "refit_classes": "learn",
    "compare": "learn",
    "report": "learn",
    "preview": "learn",
    "report_send": "learn",
}
TASK = "correlator.run"
# Costs next to nothing when nothing is due; a disk budget may be overrun within hours.
RETAIN_SECONDS = 3600.0
# How soon it is seen that a fix held, or that nobody used the code: a minute to ask what is due.
FOLLOW_SECONDS = 60.0
HEALTH_SECONDS = 60.0
LABEL_SECONDS = 6 * 3600.0
# Looks each hour whether the classes are due: a week old, taught, or outgrown.
REFIT_SECONDS = 3600.0
# Due reports are looked for, and sendings that failed are tried again.
REPORT_SECONDS = 300.0
# Looks each hour whether comparisons are a day old.
COMPARE_SECONDS = 120.0
TRAIN_SECONDS = 7 * 86_400.0


def make_app(settings: Settings) -> Celery:
    """The app for these settings; connects to nothing yet."""
    app = Celery("correlator", broker=settings.broker, include=["workers.tasks"])
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue="think",
        worker_prefetch_multiplier=1,
        worker_concurrency=settings.workers,
        # Work goes on while the broker is away; cancelled, its claims would have to run out.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_transport_options={
            "visibility_timeout": 3 * 3600,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "retry_on_timeout": False,
        },
        beat_schedule={
            "sweep": {
                "task": TASK,
                "schedule": settings.sweep_seconds,
                "args": ["sweep", []],
                "options": {"queue": "intake", "expires": settings.sweep_seconds * 4},
            },
            "health": {
                "task": TASK,
                "schedule": HEALTH_SECONDS,
                "args": ["health", []],
                "options": {"queue": QUEUES["health"], "expires": HEALTH_SECONDS},
            },
            "label": {
                "task": TASK,
                "schedule": LABEL_SECONDS,
                "args": ["label", []],
                "options": {"queue": QUEUES["label"], "expires": LABEL_SECONDS},
            },
            "refit_classes": {
                "task": TASK,
                "schedule": REFIT_SECONDS,
                "args": ["refit_classes", []],
                "options": {"queue": QUEUES["refit_classes"], "expires": REFIT_SECONDS},
            },
            "train": {
                "task": TASK,
                "schedule": TRAIN_SECONDS,
                "args": ["train", []],
                "options": {"queue": QUEUES["train"], "expires": TRAIN_SECONDS / 7},
            },
            "train_kinds": {
                "task": TASK,
                "schedule": TRAIN_SECONDS,
                "args": ["train_kinds", []],
                "options": {"queue": QUEUES["train_kinds"], "expires": TRAIN_SECONDS / 7},
            },
            "compare": {
                "task": TASK,
                "schedule": COMPARE_SECONDS,
                "args": ["compare", []],
                "options": {"queue": QUEUES["compare"], "expires": COMPARE_SECONDS},
            },
            "report": {
                "task": TASK,
                "schedule": REPORT_SECONDS,
                "args": ["report", []],
                "options": {"queue": QUEUES["report"], "expires": REPORT_SECONDS},
            },
            "retain": {
                "task": TASK,
                "schedule": RETAIN_SECONDS,
                "args": ["retain", []],
                "options": {"queue": QUEUES["retain"], "expires": RETAIN_SECONDS},
            },
            "reconsider": {
                "task": TASK,
                "schedule": FOLLOW_SECONDS,
                "args": ["reconsider", []],
                "options": {"queue": QUEUES["reconsider"], "expires": FOLLOW_SECONDS},
            },
            "follow_up": {
                "task": TASK,
                "schedule": FOLLOW_SECONDS,
                "args": ["follow_up", []],
                "options": {"queue": QUEUES["follow_up"], "expires": FOLLOW_SECONDS},
            },
        },
        beat_schedule_filename=str(settings.data_dir.resolve() / "beat-schedule"),
        beat_max_loop_interval=max(1.0, settings.sweep_seconds),
        task_time_limit=settings.fetch_timeout + 120,
        enable_utc=True,
        timezone="UTC",
    )
    app.set_default()
    return app


app = make_app(load_settings())


def wake(todo: Next) -> bool:
    """Send a wake-up; False if the broker did not take it (the sweep will find the work)."""
    try:
        app.send_task(
            TASK,
            args=[todo.step, list(todo.ids)],
            queue=QUEUES.get(todo.step, "think"),
            retry=False,
            expires=3600,
        )
    except (OperationalError, OSError) as fault:
        log.warning("wake-up not sent", step=todo.step, fault=str(fault)[:200])
        return False
    return True


def backoff(retries: int) -> float:
    """Seconds until the next try: 1, 2, 4 … 60, with jitter so that a herd spreads out."""
    return min(60.0, 2.0**retries) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads, hides nothing


@setup_logging.connect
def _logs(loglevel: int | str | None = None, **_given: Any) -> None:
    settings = load_settings()
    set_up_logs(settings.log_format, settings.log_level)
    logging.getLogger("celery").setLevel(loglevel or settings.log_level)
