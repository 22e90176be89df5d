"""What the datasets hold and the forms each field may leave in; pure declarations, imports neither Django nor dars."""
