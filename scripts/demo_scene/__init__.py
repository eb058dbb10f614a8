"""The scene of the demo doorbell, drawn once by scripts/make_demo.py."""
