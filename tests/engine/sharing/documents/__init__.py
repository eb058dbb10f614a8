"""Tests of engine/sharing/documents/."""
