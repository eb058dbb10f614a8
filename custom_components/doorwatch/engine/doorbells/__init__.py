"""Provide video and events of doorbells."""
