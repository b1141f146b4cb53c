"""What is set up here, and how well it does."""
