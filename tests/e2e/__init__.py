"""Real Home Assistant, real browser, real agency."""
