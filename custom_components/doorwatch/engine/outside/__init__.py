"""Fetch from and send to other hosts; no other package connects to the internet."""
