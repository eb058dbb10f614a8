"""Keep each person's data: what they saw, their drafts and their preferences."""
