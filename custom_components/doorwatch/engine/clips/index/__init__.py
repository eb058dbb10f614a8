"""The index: one row a clip in SQLite, and what is asked of it."""
