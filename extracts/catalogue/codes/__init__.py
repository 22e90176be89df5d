"""Code lists the declarations use; small, and where marked so illustrative rather than complete."""
