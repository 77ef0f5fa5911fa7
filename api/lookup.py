"""Looking codes up in every system at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.code import Match
from models.errors import UnknownCode

if TYPE_CHECKING:
    from terminology.store import Terminology


def find_code(terminology: Terminology, code: str, on: date) -> tuple[Match, ...]:
    """``code`` in every system that knows it, valid on that day or not.

    Raises:
        UnknownCode: no system ever had it.
        BeforeFirstEdition: the day lies before the tables on hand.
    """
    matches = tuple(match for match in search_codes(terminology, code, on, 20) if match.why in ("code", "ndc"))
    if not matches:
        raise UnknownCode("no code system", code, on)
    return matches


def search_codes(terminology: Terminology, query: str, on: date, limit: int) -> tuple[Match, ...]:
    """Codes, NDCs, drugs and words that match ``query``, best first; an empty answer when nothing does."""
    # A drug answers with its codes, which its words may find once more.
    found = {(match.system, match.code): match for match in reversed(terminology.lookup(query, on, limit))}
    return tuple(reversed(found.values()))
