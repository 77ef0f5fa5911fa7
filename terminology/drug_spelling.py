"""Bounded correction of misspelt drug names: ordinary words must never become drugs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from terminology.drug_table import read_rows

# A shorter word has too many neighbours; one slip in a short name, two in a long one, is what nurses really write.
SHORTEST = 6
LONG_NAME = 10


class Speller:
    """Finds the one drug name within a typing slip or two of a word."""

    def __init__(self, names: Iterable[tuple[str, str]], guard: Iterable[str]) -> None:
        self._drug = dict(names)
        self._by_initial: dict[str, list[str]] = defaultdict(list)
        for name in self._drug:
            if len(name) >= SHORTEST and name.isalpha():
                self._by_initial[name[0]].append(name)
        self._guard = frozenset(guard)

    @classmethod
    def load(cls, names: Iterable[tuple[str, str]]) -> Speller:
        """With the guard list of ordinary words that lie near a drug name."""
        return cls(names, (row["word"] for row in read_rows("guard")))

    def correct(self, word: str) -> str | None:
        """The name ``word`` must mean, itself if spelt rightly; None for guarded or short words and on doubt."""
        text = word.lower()
        if text in self._drug:
            return text
        if len(text) < SHORTEST or not text.isalpha() or text in self._guard:
            return None
        reach = 2 if len(text) >= LONG_NAME else 1
        found: list[tuple[int, str]] = []
        for name in self._by_initial.get(text[0], ()):
            slips = OSA.distance(text, name, score_cutoff=reach)
            if slips <= (reach if len(name) >= LONG_NAME else 1):
                found.append((slips, name))
        if not found:
            return None
        found.sort()
        near = {self._drug[name] for slips, name in found if slips <= found[0][0] + 1}
        return found[0][1] if len(near) == 1 else None
