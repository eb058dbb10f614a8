"""What must hold for any input, tried with many that nobody thought of."""
