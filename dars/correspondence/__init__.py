"""Comments on answers, changes asked for and made, redactions, appeals. Moves no case by itself."""
