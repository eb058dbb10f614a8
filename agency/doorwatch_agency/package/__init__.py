"""Open an evidence package safely and read its files."""
