"""Tests of the maintenance of the library."""
