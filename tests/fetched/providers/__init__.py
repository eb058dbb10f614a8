"""Tests of fetched/providers/."""
