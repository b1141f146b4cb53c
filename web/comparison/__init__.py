"""Changes compared by who or what wrote them."""
