"""Kill a real Home Assistant at exact points of a share and check what remains."""
