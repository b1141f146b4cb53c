"""Verdicts, what people say of them, and how they fared."""
