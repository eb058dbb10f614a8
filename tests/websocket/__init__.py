"""Tests of websocket/."""
