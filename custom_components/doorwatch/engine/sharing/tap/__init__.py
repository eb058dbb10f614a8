"""What one person's tap is bound to: what they were shown, their confirmation, their PIN."""
