"""Find doorbells, follow their address changes, and tell apart the lenses of one device."""
