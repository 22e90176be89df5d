"""Packages, recipients' keys and downloads. Makes no data."""
