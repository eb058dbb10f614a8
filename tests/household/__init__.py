"""Tests of household/."""
