"""Search for words in code descriptions, ranked the same way every time."""

from __future__ import annotations

import re

from terminology.database import Database, has_full_text_search

_LITTLE_WORDS = frozenset({"a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"})


def search_words(database: Database, system: str, edition: int, words: str, limit: int) -> list[str]:
    """Codes of one system whose text holds every word (as a beginning of a word), best first; at most ``limit``."""
    wanted = [word for word in re.findall(r"\w+", words.lower()) if word not in _LITTLE_WORDS]
    if not wanted or limit < 1:
        return []
    plain = " ".join(words.lower().split())
    if has_full_text_search():
        # A text that is just the words asked for comes first; bm25 is rounded, so that equal texts are ordered by code.
        rows = database.rows(
            "SELECT code FROM words WHERE words MATCH ? AND system = ? AND edition = ?"
            " ORDER BY lower(description) <> ?, round(bm25(words, 0, 0, 0, 10, 3), 3), length(code), code LIMIT ?",
            " ".join(f'"{word}"*' for word in wanted),
            system,
            edition,
            plain,
            limit,
        )
    else:
        holds = " AND ".join("lower(description || ' ' || terms) LIKE ?" for _ in wanted)
        rows = database.rows(
            f"SELECT code FROM words WHERE {holds} AND system = ? AND edition = ?"
            " ORDER BY lower(description) <> ?, length(description), length(code), code LIMIT ?",
            *(f"%{word}%" for word in wanted),
            system,
            edition,
            plain,
            limit,
        )
    return [code for (code,) in rows]
