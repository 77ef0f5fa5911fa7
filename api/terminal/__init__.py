"""Cases as pages of text: for a terminal, a pipe or a log."""
