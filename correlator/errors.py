"""Two kinds of trouble. What is neither is a defect: it is reported and raised."""


class CorrelatorError(Exception):
    """A fault with a message for a person: what is wrong and what to do about it."""


class Permanent(CorrelatorError):
    """Trying again cannot help: becomes a trouble row that can be looked at and replayed."""


class Transient(CorrelatorError):
    """May pass: retried with backoff; out of retries, it is trouble too."""


class Refused(Permanent):
    """A delivery that the door turns away, with the HTTP status to answer and a label to count."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
