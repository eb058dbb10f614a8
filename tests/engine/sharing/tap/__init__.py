"""Tests of engine/sharing/tap/."""
