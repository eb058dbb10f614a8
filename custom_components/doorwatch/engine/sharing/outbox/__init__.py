"""The durable outbox: a share survives restart, power cut and a week without network."""
