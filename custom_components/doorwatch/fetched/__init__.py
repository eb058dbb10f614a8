"""Fetch recordings that a manufacturer keeps, once they are ready."""
