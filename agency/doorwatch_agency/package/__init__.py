"""An evidence package: opening it safely, and what its files say."""
