"""Run one doorbell: connect its engine, its entities and its linked integration."""
