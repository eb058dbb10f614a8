"""Simulated devices and clouds of manufacturers for tests of core's integrations."""
