"""Notices to people, in the service and by e-mail. Decides nothing; must never hold a patient value."""
