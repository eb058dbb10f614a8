"""Tests of what happens from the tap to the agency."""
