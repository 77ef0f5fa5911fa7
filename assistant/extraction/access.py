"""Access and injection sites as one name each: "right chest port", "left forearm PIV", "right deltoid".

All lumens of one catheter are one site, so lumens are not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminology.cue import Cues
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("access")

_SIDE = _PATTERNS["side"]
_VENOUS_LOCATIONS = ("forearm", "hand", "AC", "wrist", "chest", "upper arm", "arm")
_NOT_ACCESS = _PATTERNS["not_access"]


@dataclass(frozen=True, slots=True)
class Site:
    name: str
    start: int
    end: int
    device: str | None


def read_site(text: str, start: int, end: int, cues: Cues) -> Site | None:
    """The first access device or injection place in ``text[start:end]``, with its side where one stands close by."""
    access = next(
        (
            cue
            for cue in cues.access.find(text, start, end)
            if not _NOT_ACCESS.search(text, max(start, cue.start - 16), cue.end)
        ),
        None,
    )
    locations = list(cues.location.find(text, start, end))
    if access is None and not locations:
        return None
    if access is None:
        place = locations[0]
        side = _side(text, start, end, place.start, place.end)
        return Site(_named(side, place.value, None), place.start, place.end, None)
    window = (max(start, access.start - 30), min(end, access.end + 34))
    near = [
        cue for cue in locations
        if cue.value in _VENOUS_LOCATIONS and window[0] <= cue.start and cue.end <= window[1]
        and not (cue.value == "chest" and access.value in ("PIV", "PICC"))
    ]  # fmt: skip
    beside = min(near, key=lambda cue: abs(cue.start - access.start), default=None)
    left = min(access.start, beside.start) if beside else access.start
    right = max(access.end, beside.end) if beside else access.end
    side = _side(text, window[0], window[1], left, right)
    location = beside.value if beside else None
    if access.value == "port" and location in (None, "upper arm", "arm"):
        location = "chest" if side and location is None else location
    return Site(_named(side, location, access.value), left, right, access.value)


def _side(text: str, window_start: int, window_end: int, left: int, right: int) -> str | None:
    """Left or right, the nearest statement within the window."""
    best: tuple[int, str] | None = None
    for match in _SIDE.finditer(text, window_start, window_end):
        distance = min(abs(match.end() - left), abs(match.start() - right), 0 if left <= match.start() < right else 99)
        if distance <= 14 and (best is None or distance < best[0]):
            best = (distance, "left" if match["left"] else "right")
    return best[1] if best else None


def _named(side: str | None, location: str | None, device: str | None) -> str:
    return " ".join(part for part in (side, location, device) if part)
