"""Tests of engine/sharing/ledger/."""
