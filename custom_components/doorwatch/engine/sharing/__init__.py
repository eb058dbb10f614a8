"""Consent, evidence package, delivery, agencies, requests, ledger."""
