"""The agency's command and script, against packages that the integration makes."""
