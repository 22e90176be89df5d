"""Rounded counts from the collected data that identify nobody. Hands out no record."""
