"""Deliveries of the inbox: what they say, and the rows that are made of it."""
