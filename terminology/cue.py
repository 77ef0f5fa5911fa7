"""The words around an administration, compiled: one pattern a group, the value of the first phrase that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# Short symbols stand beside other symbols; words need word bounds.
_LEFT, _RIGHT = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
# Two-letter routes and symptoms are only read as written: "IT", "IM", "SC", "T".
_CASE_SENSITIVE = frozenset(
    {"IT", "IM", "T", "SL", "PA", "IP (?=chemo|port|cath|infus|instill)", "AC", "UA", "UE", "DG", "VG", "CW", "FA"}
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase of ``group`` with its ``value``, at ``start:end`` of the text searched."""

    group: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class CueGroup:
    """All phrases of one group; ``find`` yields the longest reading at each place, in order."""

    name: str
    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def find(self, text: str, start: int, end: int) -> Iterator[Cue]:
        found = [
            Cue(self.name, value, match.start(), match.end())
            for value, pattern in self.patterns
            for match in pattern.finditer(text, start, end)
        ]
        found.sort(key=lambda cue: (cue.start, -cue.end))
        last = -1
        for cue in found:
            if cue.start >= last:
                yield cue
                last = cue.end

    def first(self, text: str, start: int, end: int) -> Cue | None:
        return next(self.find(text, start, end), None)

    def values(self, text: str, start: int, end: int) -> dict[str, Cue]:
        """Every value found with its first cue (overlapping readings of different values all count)."""
        return {
            value: Cue(self.name, value, match.start(), match.end())
            for value, pattern in self.patterns
            if (match := pattern.search(text, start, end))
        }


@dataclass(frozen=True)
class Cues:
    route: CueGroup
    technique: CueGroup
    event: CueGroup
    status: CueGroup
    container: CueGroup
    waste_none: CueGroup
    fully_infused: CueGroup
    purpose: CueGroup
    access: CueGroup
    location: CueGroup
    zones: tuple[tuple[str, str], ...]  # label phrase -> zone, longest phrase first

    def zone(self, label: str) -> str | None:
        """What a row labelled ``label`` (lower case) speaks about, or None where the label says nothing."""
        label = label.rsplit(".", 1)[-1] if "." in label else label  # "adm.drug" of a keyed export
        return next(
            (
                zone
                for phrase, zone in self.zones
                if label.startswith(phrase) and not label[len(phrase) : len(phrase) + 1].isalpha()
            ),
            None,
        )


@cache
def load_cues() -> Cues:
    """The shipped cues, compiled once per process."""
    source = files("terminology").joinpath("data/cue/2026/administration.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    zones = sorted(
        ((phrase, zone) for zone, phrases in data["zone"].items() for phrase in phrases), key=lambda pair: -len(pair[0])
    )
    groups = {name: _compile(name, data[name]) for name in Cues.__dataclass_fields__ if name != "zones"}
    return Cues(**groups, zones=tuple(zones))


def _compile(name: str, phrases: dict[str, list[str]] | list[str]) -> CueGroup:
    groups = phrases if isinstance(phrases, dict) else {name: phrases}
    return CueGroup(name, tuple((value, _pattern(fragments)) for value, fragments in groups.items()))


def _pattern(fragments: list[str]) -> re.Pattern[str]:
    ordered = sorted(fragments, key=len, reverse=True)
    body = "|".join(f"(?:{part})" if part in _CASE_SENSITIVE else f"(?i:{part})" for part in ordered)
    return re.compile(f"{_LEFT}(?:{body}){_RIGHT}")
