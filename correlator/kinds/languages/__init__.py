"""The rules of each language, written from what its runtime and usual libraries print."""
