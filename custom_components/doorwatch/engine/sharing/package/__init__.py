"""Create the evidence package and the file that it contains."""
