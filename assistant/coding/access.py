"""Which vascular access each event used: lumens of one catheter are one site, a replaced vein is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.coding.basis import Basis, match_word
from assistant.coding.event import Event

_SIDE = {"r": "right", "rt": "right", "right": "right", "l": "left", "lt": "left", "left": "left"}
_WORD = re.compile(r"[a-z0-9]+")
_SAME_VEIN = frozenset({"infiltration", "iv-restart"})
_GENERIC = frozenset({"", "single", "same", "iv", "existing", "access", "n/a", "unknown"})


@dataclass(frozen=True, slots=True)
class Access:
    """A charted access: ``place`` holds the location words of a peripheral line or an unrecognised label."""

    kind: str
    side: str | None
    place: frozenset[str]
    central: bool

    def agrees(self, other: Access) -> bool:
        """Whether both can be the same line: nothing that is said of one contradicts the other."""
        if self.central != other.central or (self.kind == "label") != (other.kind == "label"):
            return False
        if self.side and other.side and self.side != other.side:
            return False
        if self.central:
            return self.kind == other.kind or "central" in (self.kind, other.kind)
        return not self.place or not other.place or self.place <= other.place or other.place <= self.place


def assign_sites(basis: Basis, events: Sequence[Event]) -> dict[int, str]:
    """Site key of each intravenous event of one encounter, "" for the main site. Unstated sites are the main site."""
    if not basis.profile.separate_sites:
        return {event.index: "" for event in events}
    clusters: list[tuple[Access, list[Event]]] = []
    unstated: list[Event] = []
    for event in events:
        access = _read_access(basis, event)
        if access is None:
            unstated.append(event)
            continue
        for seen, members in clusters:
            if seen.agrees(access):
                members.append(event)
                break
        else:
            clusters.append((access, [event]))
    groups = _join_replaced_veins(basis, clusters)
    keys = {event.index: "" for event in unstated}
    # The main site is the one with most events, the first of equals; it takes the unstated ones.
    ordered = sorted(groups, key=lambda members: -len(members))
    for number, members in enumerate(ordered):
        for event in members:
            keys[event.index] = f"site {number + 1}" if number else ""
    return keys


def _join_replaced_veins(basis: Basis, clusters: list[tuple[Access, list[Event]]]) -> list[list[Event]]:
    """Two peripheral lines used one after the other are a restart; used side by side they are two sites."""
    replaced = any(procedure.kind in _SAME_VEIN for procedure in basis.facts.procedures)
    groups: list[list[Event]] = []
    peripheral: list[list[Event]] = []
    for access, members in clusters:
        if access.central or access.kind == "label":
            groups.append(members)
            continue
        for other in peripheral:
            if replaced or not _interleaved(other, members):
                other.extend(members)
                break
        else:
            peripheral.append(members)
    return groups + peripheral


def _interleaved(first: list[Event], second: list[Event]) -> bool:
    ranges = []
    for members in (first, second):
        minutes = [m for event in members for m in (event.span or (event.starts, event.starts)) if m is not None]
        if not minutes:
            return True
        ranges.append((min(minutes), max(minutes)))
    (a, b), (c, d) = ranges
    return a < d and c < b


def _read_access(basis: Basis, event: Event) -> Access | None:
    text = (event.fact.site or "").strip().lower()
    if text in _GENERIC:
        return None
    words = _WORD.findall(text)
    side = next((_SIDE[word] for word in words if word in _SIDE), None)
    kinds = basis.value("access/kind")
    found = [kind for kind, names in kinds.items() if any(match_word(name).search(text) for name in names)]
    if found:
        central = [kind for kind in found if kind in basis.words("access/central_kinds")]
        if central:
            return Access(central[0], side, frozenset(), True)
        named = {word for kind in found for name in kinds[kind] for word in _WORD.findall(name) if word in words}
        place = frozenset(named - {"piv", "peripheral", "iv", "angiocath", "angio", "saline", "lock"} - set(_SIDE))
        return Access(found[0], side, place, False)
    if event.fact.evidence:
        return None  # words of a note that name no access we know: not enough for a second site
    return Access("label", None, frozenset(words), False)
