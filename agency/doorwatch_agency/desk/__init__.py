"""The officer's desk: verify packages, keep the record, answer homes."""
