"""What Correlator does, described by example."""
