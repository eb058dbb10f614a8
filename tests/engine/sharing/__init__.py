"""Tests of engine/sharing/."""
