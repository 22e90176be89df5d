"""What follows a release: destruction, confirmations, audits, incidents, notices of revised data. Releases nothing."""
