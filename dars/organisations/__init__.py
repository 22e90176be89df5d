"""Organisations, their assurances and who belongs to them. Knows nothing of applications."""
