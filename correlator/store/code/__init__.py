"""Repositories, their commits, and what forges and agents told of them."""
