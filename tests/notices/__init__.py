"""Tests of notices/."""
