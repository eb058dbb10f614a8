"""Tests of Doorwatch."""
