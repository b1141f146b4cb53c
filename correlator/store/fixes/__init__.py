"""All fixes: how they fared, counted, and the lists behind every number."""
