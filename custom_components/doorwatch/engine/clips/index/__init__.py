"""Keep the index of the clips in SQLite."""
