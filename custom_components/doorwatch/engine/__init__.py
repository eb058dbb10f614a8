"""The engine: plain asyncio Python that knows nothing of Home Assistant."""
