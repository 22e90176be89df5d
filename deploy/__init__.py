"""How the system is put to work; holds nothing of what it does."""
