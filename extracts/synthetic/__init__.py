"""A made England to build and prove the system on; nothing in it describes a real person or a real place."""
