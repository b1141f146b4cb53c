"""Comparisons: what they are made from, and what came out."""
