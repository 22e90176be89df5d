"""Commands of the synthetic application."""
