"""Deploys, how they fared, and the fixes that went out with them."""
