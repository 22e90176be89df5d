"""Turns one received file into checked rows in a private folder. PURE: no Django, database, clock or settings."""
