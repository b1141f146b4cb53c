"""Kinds and failure classes."""
