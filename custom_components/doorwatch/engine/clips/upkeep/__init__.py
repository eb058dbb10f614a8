"""Keep the library consistent and within its limits."""
