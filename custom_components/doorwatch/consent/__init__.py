"""From a proposal or a press on Share to the tap."""
