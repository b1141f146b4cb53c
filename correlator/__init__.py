"""Correlator: from a production error to the change that caused it."""

__version__ = "0.1.0"
