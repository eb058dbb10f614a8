"""Tests of the clip index."""
