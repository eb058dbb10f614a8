"""The agency's command: publish its document, open and verify packages.

Shares no code with the integration that creates the packages, so that a bug in one is
found by the other.
"""

# A test compares it with the integration's manifest.
__version__ = "0.1.0"
