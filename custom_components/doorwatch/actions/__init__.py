"""What may be done with a clip, whoever asks: action, command or view."""
