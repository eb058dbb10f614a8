"""Manage the files of clips and the disk space."""
