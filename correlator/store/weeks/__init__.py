"""What a week was, and the reports of it."""
