"""Tests of engine/outside/."""
