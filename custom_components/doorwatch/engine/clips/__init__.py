"""The library: index, files, thumbnails, retention."""
