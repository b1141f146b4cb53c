"""Our own errors go to sentry-sdk when a DSN is set; never into our own inbox, in a loop."""

from urllib.parse import urlsplit

import sentry_sdk
import structlog

from correlator import __version__
from correlator.errors import Permanent
from correlator.settings import Settings

log = structlog.get_logger(__name__)


def start(settings: Settings) -> None:
    """Set up sentry-sdk, if asked. Permanent when the DSN leads back to this installation."""
    dsn = settings.sentry_dsn.get_secret_value()
    if not dsn:
        return
    if leads_home(dsn, settings):
        raise Permanent(
            "CORRELATOR_SENTRY_DSN leads to this very installation: its own errors would make more "
            "errors. Name another server, or leave it empty."
        )
    sentry_sdk.init(
        dsn=dsn,
        release=f"correlator@{__version__}",
        send_default_pii=False,
        include_local_variables=False,
        traces_sample_rate=0.0,
    )


def leads_home(dsn: str, settings: Settings) -> bool:
    """Whether a DSN's server is this one, by its public or its listening address."""
    there, public = urlsplit(dsn), urlsplit(settings.base_url)
    port = there.port or (443 if there.scheme == "https" else 80)
    here = {(public.hostname, public.port or (443 if public.scheme == "https" else 80))}
    here |= {(name, settings.port) for name in (settings.host, "localhost", "127.0.0.1", "::1")}
    return (there.hostname, port) in here


def report(defect: BaseException) -> None:
    """A defect of ours: logged always, sent where sentry-sdk was told to."""
    log.error("defect", exc_info=defect)
    sentry_sdk.capture_exception(defect)
