"""Tests of engine/doorbells/demo/."""
