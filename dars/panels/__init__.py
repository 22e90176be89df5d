"""Reviews, advice and decisions. Knows nothing of agreements or production."""
