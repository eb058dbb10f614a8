"""Tests of engine/clips/intake/."""
