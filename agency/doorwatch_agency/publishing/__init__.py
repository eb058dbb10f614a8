"""What the agency publishes: its document and its feed."""
