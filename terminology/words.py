"""Search for words in code descriptions, ranked the same way every time."""

from __future__ import annotations

import re
from functools import cache

from terminology.database import Database, has_full_text_search
from terminology.edition import DATA, read_rows

_LITTLE_WORDS = frozenset({"a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"})


def search_words(database: Database, system: str, edition: int, words: str, limit: int) -> list[str]:
    """At most ``limit`` codes of one system whose text holds every word, also as the beginning of a longer one.

    A word that has synonyms is met by one of them, or by itself as a whole word. Descriptions that hold
    all words come before codes found by their further terms; then the one with the fewest words.
    """
    wanted = [word for word in re.findall(r"\w+", words.lower()) if word not in _LITTLE_WORDS]
    if not wanted or limit < 1:
        return []
    search = _search_full_text if has_full_text_search() else _search_plainly
    found = dict.fromkeys(search(database, "description", system, edition, wanted, limit))
    if len(found) < limit:
        found |= dict.fromkeys(search(database, "terms", system, edition, wanted, limit))
    return list(found)[:limit]


def _search_full_text(
    database: Database, column: str, system: str, edition: int, wanted: list[str], limit: int
) -> list[str]:
    columns = "description" if column == "description" else "{description terms}"
    met = [" OR ".join(f"{columns} : {text}" for text in _quoted(word)) for word in wanted]
    match = " AND ".join(f"({one})" for one in met)
    return _codes(database, "words MATCH ?", (match,), system, edition, limit)


def _quoted(word: str) -> list[str]:
    # The stem of "mets" would begin "metatarsal": only words without synonyms stand for longer ones.
    others = _alternatives(word)[1:]
    return [f'"{text}"' for text in (word, *others)] if others else [f'"{word}"*']


def _search_plainly(
    database: Database, column: str, system: str, edition: int, wanted: list[str], limit: int
) -> list[str]:
    text = "description" if column == "description" else "description || ' ' || terms"
    met = [" OR ".join(f"lower({text}) LIKE ?" for _ in _alternatives(word)) for word in wanted]
    values = tuple(f"%{alternative}%" for word in wanted for alternative in _alternatives(word))
    return _codes(database, " AND ".join(f"({one})" for one in met), values, system, edition, limit)


def _alternatives(word: str) -> tuple[str, ...]:
    return (word, *_synonyms().get(word, ()))


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in read_rows(DATA / "search" / "2026" / "synonym.csv"):
        found[row["word"]] = (*found.get(row["word"], ()), row["text"])
    return found


def _codes(database: Database, holds: str, values: tuple[str, ...], system: str, edition: int, limit: int) -> list[str]:
    rows = database.rows(
        f"SELECT code FROM words WHERE {holds} AND system = ? AND edition = ? ORDER BY length, code LIMIT ?",
        *values,
        system,
        edition,
        2 * limit,  # the second search finds the codes of the first again
    )
    return [code for (code,) in rows]
