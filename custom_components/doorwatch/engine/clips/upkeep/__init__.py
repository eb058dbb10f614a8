"""What keeps the library whole: recovery, reconciling, retention, moving."""
