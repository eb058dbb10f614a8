"""Open all parts of Doorwatch, and hold them."""
