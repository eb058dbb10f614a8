"""Doorwatch: doorbell cameras that record at home and share one clip at a time, after a tap."""
