"""Who may see, and erasing a person."""
