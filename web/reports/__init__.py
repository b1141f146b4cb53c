"""Weekly reports."""
