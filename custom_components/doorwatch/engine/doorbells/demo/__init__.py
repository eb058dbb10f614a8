"""A doorbell without hardware."""
