"""Tests of ONVIF doorbells."""
