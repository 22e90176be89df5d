"""The append-only record of who did what, and its proof. Never holds a patient value or free text."""
