"""What leaves, and how: rows, keys and files. Never decides who may have it."""
