"""Read the requests that agencies publish and match them with this home."""
