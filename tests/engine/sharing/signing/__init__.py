"""Tests of engine/sharing/signing/."""
