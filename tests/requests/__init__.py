"""Tests of requests/."""
