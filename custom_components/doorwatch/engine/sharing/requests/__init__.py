"""The requests that an agency publishes."""
