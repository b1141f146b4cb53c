"""What sort of mistake a failure is: certain rules first, then a model that may abstain."""

from correlator.kinds.guess import kind_of

__all__ = ["kind_of"]
