"""Deliver shares, across restarts, power failures and network outages."""
