"""Share clips with agencies: consent, evidence packages, delivery and requests."""
