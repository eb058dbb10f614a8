"""Open and close the domain's parts, and maintain the clip folder and its disk."""
