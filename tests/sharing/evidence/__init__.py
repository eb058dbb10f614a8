"""Signatures, discovery, ledger, staging and the evidence package."""
