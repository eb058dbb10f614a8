"""Tests of doorbells and their events."""
