"""Tests of the video of clips."""
