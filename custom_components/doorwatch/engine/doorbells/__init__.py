"""Where video and events come from."""
