"""The pure engine: spec to plan to SQL, linkage and disclosure; knows no Django, clock or settings."""
