"""What kills a real Home Assistant at exact points of a share, and looks at what is left."""
