"""Tests with a real Home Assistant, a real browser and a real agency."""
