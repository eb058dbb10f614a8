"""Tests of engine/sharing/requests/."""
