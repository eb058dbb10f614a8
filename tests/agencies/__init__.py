"""Tests of agencies/."""
