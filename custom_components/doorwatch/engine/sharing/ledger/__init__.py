"""The append-only account, and the digests that it holds."""
