"""Changes, repositories, provenance and policy."""
