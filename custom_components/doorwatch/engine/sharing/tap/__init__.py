"""The confirmation of a share: what the person was shown, the tap, and the PIN."""
