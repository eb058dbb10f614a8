"""Match agencies' requests and bulletins with this home, without revealing the result."""
