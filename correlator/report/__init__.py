"""The week in failure classes: a document of values, and the forms it is sent in."""
