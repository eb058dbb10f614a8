"""The one door through which anything is fetched from or sent to another host."""
