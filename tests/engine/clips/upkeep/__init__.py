"""Tests of engine/clips/upkeep/."""
