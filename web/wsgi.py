"""What a WSGI server runs: ``web.wsgi:app``. The only module of the web that knows the workers."""

import gc

from correlator.logs import set_up_logs
from correlator.settings import load_settings
from correlator.world import open_world
from web.app import create_app
from workers import reporting
from workers.app import wake
from workers.waking import Waker

settings = load_settings()
set_up_logs(settings.log_format, settings.log_level)
reporting.start(settings)
app = create_app(open_world(settings, report=reporting.report), Waker(wake))
# What is there now stays: pages that read thousands of rows need not look through it for garbage.
# And what they read is nearly all dropped at once: to look for garbage every 700 objects costs a
# quarter of their time.
gc.set_threshold(50_000, 20, 20)
gc.collect()
gc.freeze()
