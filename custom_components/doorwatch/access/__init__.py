"""Who may see, control and share; the PIN; the guard."""
