"""Handle a share from a proposal or a press on Share to the tap."""
