"""What agencies ask and tell, held against this home; nobody outside learns what fits."""
