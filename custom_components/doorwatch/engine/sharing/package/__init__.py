"""The evidence package, and the exact file that it holds."""
