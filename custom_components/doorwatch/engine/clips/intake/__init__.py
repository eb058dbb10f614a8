"""Save the clips that the recorders deliver."""
