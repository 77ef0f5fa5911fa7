"""From text to facts, each with the words that support it."""
