"""Doorbells that speak ONVIF."""
