"""Tests of engine/doorbells/onvif/."""
