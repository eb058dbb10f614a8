"""What the home keeps for one person: what they saw, what they began to fill in."""
