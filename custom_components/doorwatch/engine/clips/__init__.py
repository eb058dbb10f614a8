"""Store, index and clean up the recorded clips."""
