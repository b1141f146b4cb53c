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
    "broken": "think",
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
# Every so many seconds each of these looks what is due: next to nothing where nothing is.
EVERY = {
    "health": 60.0,
    # How soon it is seen that a fix held, or that nobody used the code.
    "follow_up": 60.0,
    "reconsider": 60.0,
    "broken": 60.0,
    "compare": 120.0,
    # Due reports are looked for, and sendings that failed are tried again.
    "report": 300.0,
    # A disk budget may be overrun within hours.
    "retain": 3600.0,
    # Whether the classes are due: a week old, taught, or outgrown.
    "refit_classes": 3600.0,
    "label": 6 * 3600.0,
    "train": 7 * 86_400.0,
    "train_kinds": 7 * 86_400.0,
}
# A wake-up that nobody took up in this time is dropped: the next one says the same.
LONGEST_WAIT = 86_400.0


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
        beat_schedule=_beat(settings.sweep_seconds),
        beat_schedule_filename=str(settings.data_dir.resolve() / "beat-schedule"),
        beat_max_loop_interval=max(1.0, settings.sweep_seconds),
        task_time_limit=settings.fetch_timeout + 120,
        enable_utc=True,
        timezone="UTC",
    )
    app.set_default()
    return app


def _beat(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """The schedule. A sweep waits a little longer: it is what finds everything else."""
    waits = {name: min(seconds, LONGEST_WAIT) for name, seconds in EVERY.items()}
    every = {**EVERY, "sweep": sweep_seconds}
    return {
        name: {
            "task": TASK,
            "schedule": seconds,
            "args": [name, []],
            "options": {"queue": QUEUES[name], "expires": waits.get(name, sweep_seconds * 4)},
        }
        for name, seconds in every.items()
    }


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
