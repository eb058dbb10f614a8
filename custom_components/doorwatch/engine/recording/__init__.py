"""Record clips from the encoded packets of a doorbell."""
