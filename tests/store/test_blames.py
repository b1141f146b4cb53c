"""Kept blames in the database: the same interface as the file beside a mirror."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from correlator.code.blame import Where
from correlator.store.blames import NEWEST, KeptBlames
from correlator.store.tables import BlameRow
from tests.builders import *  # noqa
