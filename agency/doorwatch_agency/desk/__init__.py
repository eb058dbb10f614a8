"""The officer's desk: verify, remember, answer."""
