"""Manage a share up to the tap: proposals, preparation and confirmation."""
