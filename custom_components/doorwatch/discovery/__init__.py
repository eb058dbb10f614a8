"""Finding doorbells, following them when they move, telling apart the lenses of one device."""
