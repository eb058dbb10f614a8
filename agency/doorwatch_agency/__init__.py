"""What an agency runs to publish its document, and to open and verify packages.

It shares no code with the integration that makes the packages, so that a mistake on one
side shows on the other.
"""

# The integration's manifest says the same; a test compares.
__version__ = "0.1.0"
