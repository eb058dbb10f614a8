"""Tests of opening all parts."""
