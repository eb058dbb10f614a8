"""Connect to doorbells that support ONVIF."""
