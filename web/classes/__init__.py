"""Failure classes."""
