"""DORA's five measures, as DORA defines them."""
