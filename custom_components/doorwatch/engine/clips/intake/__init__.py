"""The way of a clip from the clip recorder into the library."""
