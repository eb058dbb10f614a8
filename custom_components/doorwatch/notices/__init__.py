"""Each person's own notices: who is told of what, when, on which phone."""
