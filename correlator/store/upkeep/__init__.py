"""The database itself: backup, retention, troubles, how things stand."""
