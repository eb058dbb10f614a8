"""Forms: their steps and fields."""
