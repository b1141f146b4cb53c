"""Rates, intervals, silence, survival: what may be said from counts, and how surely."""
