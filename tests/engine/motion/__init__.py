"""Tests of motion from the picture."""
