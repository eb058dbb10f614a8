"""Keys, signatures, and age encryption."""
