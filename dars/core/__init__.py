"""What every application stands on: time, errors, permissions, outbox, jobs. Imports no other application."""
