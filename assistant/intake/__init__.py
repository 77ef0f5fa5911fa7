"""From bytes and layouts to clauses and table rows whose offsets point into the original text."""
