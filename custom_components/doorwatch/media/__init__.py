"""Show clips in the media browser."""
