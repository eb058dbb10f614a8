"""Signed and encrypted: canonical JSON, JWS, keys, age."""
