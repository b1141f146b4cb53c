"""What comes in: the inbox, projects and who may send, counts that outlive events."""
