"""Fetch from and send to other hosts, except doorbells."""
