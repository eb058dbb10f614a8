"""Motion from the picture: keyframes in, events out."""
