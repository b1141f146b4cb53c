"""What is known of an issue's first sight: its rows, and the code that was deployed then."""
