"""Read, preview, trim and redact the video of clips."""
