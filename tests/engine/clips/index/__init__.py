"""Tests of engine/clips/index/."""
