"""Serve clips, pictures, packages, receipts and the frontend over HTTP."""
