"""What sort of mistake a failure is: certain rules first, then a model that may abstain."""
