"""What the note leaves open: gaps with the question that closes each, and what the answer would change."""
