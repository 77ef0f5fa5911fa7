"""Where something stands in a note: half-open code-point ranges that slice back to the quoted words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import model_validator

from models.record import Record


class Span(Record):
    """``note.text[start:end] == quote``; offsets count Python code points."""

    start: int
    end: int
    quote: str

    @model_validator(mode="after")
    def _is_sliced(self) -> Self:
        if self.start < 0 or self.end - self.start != len(self.quote) or not self.quote:
            raise ValueError(f"span {self.start}:{self.end} is not the length of its quote")
        return self

    @classmethod
    def cut(cls, text: str, start: int, end: int) -> Span:
        """Slice ``text``; the only way spans are made outside of deserialisation.

        Surrounding white space is trimmed, so a span never lights up empty margin.
        """
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        return cls(start=start, end=end, quote=text[start:end])

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


class Evidence(Record):
    """The words that support one attribute of a fact or a line."""

    attribute: str
    spans: tuple[Span, ...]


def merge_evidence(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One entry per attribute in first-seen order, spans distinct and in note order."""
    gathered: dict[str, dict[tuple[int, int], Span]] = {}
    for item in evidence:
        spans = gathered.setdefault(item.attribute, {})
        for span in item.spans:
            spans[span.start, span.end] = span
    return tuple(
        Evidence(attribute=name, spans=tuple(spans[key] for key in sorted(spans)))
        for name, spans in gathered.items()
        if spans
    )
