"""Names and places of clip files, and the disk that they lie on."""
