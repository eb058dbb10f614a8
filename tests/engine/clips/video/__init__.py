"""Tests of engine/clips/video/."""
