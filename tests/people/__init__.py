"""Tests of people/."""
