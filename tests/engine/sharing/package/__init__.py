"""Tests of engine/sharing/package/."""
