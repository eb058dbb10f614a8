"""Tests of the clip library."""
