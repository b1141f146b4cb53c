"""How changes behave by who or what wrote them, compared honestly."""
