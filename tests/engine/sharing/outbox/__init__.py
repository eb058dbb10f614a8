"""Tests of engine/sharing/outbox/."""
