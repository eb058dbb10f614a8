"""One agency's entry: its document, what it asks and tells, its schedule."""
