"""Define the documents that homes and agencies exchange."""
