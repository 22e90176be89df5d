"""People who sign in, and their roles. Knows nothing of organisations or cases."""
