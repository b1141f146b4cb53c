"""Failure classes: issues of all services, clustered by what went wrong, with names that last."""
