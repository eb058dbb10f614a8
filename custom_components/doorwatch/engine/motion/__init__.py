"""Detect motion in the keyframes of a doorbell."""
