"""One agency's entry: its document, its schedule."""
