"""What one person's tap is bound to: confirmation, intent, PIN."""
