"""Triage: issues, their verdicts, what people decide."""
