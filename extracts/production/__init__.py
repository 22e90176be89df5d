"""Runs: what an agreement approved is prepared, checked and written. Gives nothing to anybody."""
