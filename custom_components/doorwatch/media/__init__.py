"""What the media browser shows."""
