"""Tests of saving recorded clips."""
