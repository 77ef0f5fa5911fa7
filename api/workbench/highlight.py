"""The note cut into pieces that know which lines, diagnoses and gaps they support.

Cutting happens here, on code points, so that a browser never has to translate offsets into its UTF-16 ones.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

from models.case import Case
from models.span import Evidence

# Which kind of owner colours a piece that several own.
_KINDS = ("gap", "line", "diagnosis", "administration", "finding")
_BORROWED = frozenset({"diagnoses", "status", "date_of_service"})  # words that many share: they keep their own colour
_BROAD = 40  # characters; a longer span that holds others would drown them in colour


@dataclass(frozen=True)
class Piece:
    """A stretch of one text line.

    ``owners`` are element ids of the page that stand on exactly these words; ``kind`` is the one that colours them.
    ``near`` are those that reach them by a broad or a borrowed span: selecting one underlines, it does not light.
    """

    start: int
    end: int
    text: str
    owners: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    kind: str = ""


def evidence_by_owner(case: Case) -> dict[str, tuple[Evidence, ...]]:
    """Element id on the page -> evidence of that thing, in page order."""
    return {
        **{line.id: line.evidence for line in case.lines},
        **{f"diagnosis-{at}": item.evidence for at, item in enumerate(case.facts.diagnoses)},
        **{gap.id: gap.evidence for gap in case.gaps},
        **{f"administration-{at}": item.evidence for at, item in enumerate(case.facts.administrations)},
        **{finding.id: finding.evidence for finding in case.findings},
    }


def cut_note(case: Case) -> list[list[Piece]]:
    """Text lines of the note, each a list of pieces; joined with line feeds they are the note again."""
    text = case.note.text
    spans = sorted(
        (span.start, span.end, owner, item.attribute)
        for owner, evidence in evidence_by_owner(case).items()
        for item in evidence
        for span in item.spans
        if span.end <= len(text)
    )
    bounds = sorted({edge for start, end, *_ in spans for edge in (start, end)})
    covers = [_Cover(set(), set()) for _ in bounds]  # of the stretch that begins at each bound
    for start, end, owner, attribute in spans:
        inside = range(bisect_left(bounds, start), bisect_left(bounds, end))
        broad = end - start > _BROAD and len(inside) > 1
        for at in inside:
            (covers[at].near if broad or attribute in _BORROWED else covers[at].owners).add(owner)
    lines: list[list[Piece]] = []
    begin = 0
    for row in text.split("\n"):
        lines.append(_cut_row(text, begin, begin + len(row), bounds, covers))
        begin += len(row) + 1
    return lines


class _Cover(NamedTuple):
    owners: set[str]
    near: set[str]


def _cut_row(text: str, begin: int, end: int, bounds: list[int], covers: list[_Cover]) -> list[Piece]:
    pieces = []
    at = bisect_left(bounds, begin + 1)  # first bound inside the row
    carried = covers[at - 1] if at else _Cover(set(), set())
    start = begin
    while start < end:
        stop = min(bounds[at], end) if at < len(bounds) else end
        if stop > start:
            pieces.append(_make_piece(text, start, stop, carried))
        if at < len(bounds) and bounds[at] <= end:
            carried = covers[at]
            at += 1
        start = stop
    return pieces


def _make_piece(text: str, start: int, end: int, cover: _Cover) -> Piece:
    kinds = {owner.rsplit("-", 1)[0] for owner in cover.owners}
    kind = next((kind for kind in _KINDS if kind in kinds), "")
    return Piece(
        start, end, text[start:end], tuple(sorted(cover.owners)), tuple(sorted(cover.near - cover.owners)), kind
    )
