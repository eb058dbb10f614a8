"""Recordings that a maker keeps, fetched once they are ready."""
