"""Notify each person by their own settings, on their own phones."""
