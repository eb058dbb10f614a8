"""Follow one agency's document and feed on a fixed schedule."""
