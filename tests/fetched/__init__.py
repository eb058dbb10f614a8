"""Tests of fetched/."""
