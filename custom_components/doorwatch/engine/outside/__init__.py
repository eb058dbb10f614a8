"""Provide the only way to fetch from and send to other hosts, except doorbells."""
