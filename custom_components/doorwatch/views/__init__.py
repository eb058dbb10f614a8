"""HTTP: clips, pictures, packages and receipts, and the card's own file."""
