"""Bounded correction of misspelt drug names: ordinary words must never become drugs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby

from rapidfuzz.distance import OSA

from terminology.drug_table import read_guard

SHORTEST = 6  # below this every name has ordinary neighbours
ANY_SLIP = 8  # from here one slip of any kind; shorter only two letters swapped or a letter doubled or halved
TWO_SLIPS = 10  # from here two slips, what nurses really write for the long names
CUT_SHORT = 7  # from here the head of one name alone ("diphenhyd"); "proton" is none


class Speller:
    """Finds the one drug name within a typing slip or two of a word."""

    def __init__(self, names: Iterable[tuple[str, str]], guard: Iterable[str]) -> None:
        self._drug = dict(names)
        self._guard = frozenset(guard)
        self._by_initial: dict[str, list[str]] = defaultdict(list)
        for name in self._drug:
            if len(name) >= SHORTEST and name.isalpha():
                self._by_initial[name[0]].append(name)

    @classmethod
    def load(cls, names: Iterable[tuple[str, str]]) -> Speller:
        """With the guard list of ordinary words that lie near a drug name."""
        return cls(names, read_guard())

    def correct(self, word: str) -> str | None:
        """The name ``word`` must mean, misspelt or cut short; None for guarded or short words and on doubt."""
        text = word.lower()
        if text in self._drug:
            return text
        if len(text) < SHORTEST or not text.isalpha() or text in self._guard:
            return None
        names = self._by_initial.get(text[0], ())
        near = sorted((slips, name) for name in names if (slips := _slips(text, name)))
        meant = [name for slips, name in near if slips <= near[0][0] + 1]
        if not meant and len(text) >= CUT_SHORT:
            meant = [name for name in names if name.startswith(text)]
        return meant[0] if len({self._drug[name] for name in meant}) == 1 else None


def _slips(text: str, name: str) -> int:
    """Typing slips between a word and a name; 0 when they are too far apart to be the same."""
    shorter = min(len(text), len(name))
    reach = 2 if shorter >= TWO_SLIPS else 1
    slips = OSA.distance(text, name, score_cutoff=reach)
    if slips > reach:
        return 0
    swapped_or_doubled = sorted(text) == sorted(name) or _singled(text) == _singled(name)
    return slips if shorter >= ANY_SLIP or swapped_or_doubled else 0


def _singled(text: str) -> str:
    """Every run of one letter as a single letter: "benadryll" and "benadryl" are alike."""
    return "".join(letter for letter, _ in groupby(text))
