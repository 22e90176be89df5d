"""Starts, watches and stops everything on one machine, for development, demonstration and tests; not for production."""
