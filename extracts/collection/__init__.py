"""Collecting the dataset: submissions in, Delta tables and the vault out. Decides nothing about who may have data."""
