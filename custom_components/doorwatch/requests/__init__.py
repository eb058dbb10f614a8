"""Match agencies' requests and bulletins with this home, without revealing the result.

Feeds are fetched on their own schedule, whatever matches.
"""
