"""Test the agency's command and script against packages that the integration builds."""
