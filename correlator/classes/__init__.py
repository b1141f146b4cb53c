"""The failures that keep coming back: issues clustered by what went wrong, with names that last."""
