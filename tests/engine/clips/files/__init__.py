"""Tests of the files of clips."""
