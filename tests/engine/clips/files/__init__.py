"""Tests of engine/clips/files/."""
