"""Sign and encrypt documents."""
