"""Check who may see, control and share clips."""
