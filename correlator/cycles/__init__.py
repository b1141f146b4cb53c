"""What came of a fix: attempts, their states, and the redeploys that each fix needed."""
