"""The clouds of makers, as they answer, for tests of core's own integrations."""
