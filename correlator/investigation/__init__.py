"""From an event to a verdict: the rooms ``code``, ``provenance`` and ``ranking`` put together."""

from correlator.investigation.explaining import explain

__all__ = ["explain"]
