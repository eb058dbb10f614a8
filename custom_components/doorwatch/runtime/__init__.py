"""One doorbell at work: what stands between its engine, its entities and the integration it is linked to."""
