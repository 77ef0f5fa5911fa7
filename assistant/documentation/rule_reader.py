"""Holes that a reader saw in the words of the note and no structured rule can see: any kind of the catalogue.

A reader writes the kind, or ``kind: subject`` where the subject is not the fact's own
("authorization-mismatch: nivolumab").
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.coding.charge import Source, source_of
from assistant.documentation.chart import Chart, Hole, filled, quote
from terminology.gap import GapCatalogue, GapEntry

_OWN_SUBJECT = frozenset({"note", "visit", "treatment", "diagnosis", "stage"})


def find_stated_holes(chart: Chart) -> Iterator[Hole]:
    """Holes of administrations, of the visit and of stages, as the readers noted them."""
    for event in chart.events:
        for entry, about in _read(chart, event.fact.holes):
            words = {**chart.words(event), "text": quote(event.fact, entry.kind)}
            yield Hole(
                entry.id, about or _subject(entry, event.drug), source_of(event), filled(words), (entry.kind, "drug")
            )
    visit = chart.visit
    for entry, about in _read(chart, visit.holes):
        subject = about or _subject(entry, chart.main.drug if chart.main else "visit")
        words = {**chart.visit_words(entry.kind, "holes"), "about": subject}
        if about and entry.subject == "drug":
            words["drug"] = about
        yield Hole(entry.id, subject, Source("visit", visit), words, (entry.kind, "holes"))
    for index, stage in enumerate(chart.facts.staging):
        for entry, about in _read(chart, stage.holes):
            written = " ".join(
                part for part in (stage.t, stage.n, stage.m, stage.group and f"stage {stage.group}") if part
            )
            source = Source(f"staging/{index}", stage)
            yield Hole(
                entry.id, about or _subject(entry, "stage"), source, filled({"stage": written, "text": written}), ()
            )


def _read(chart: Chart, holes: tuple[str, ...]) -> Iterator[tuple[GapEntry, str]]:
    for hole in holes:
        kind, _, about = hole.partition(":")
        entries = GapCatalogue.load().of_kind(kind.strip(), chart.basis.on)
        if entries:
            yield entries[0], about.strip()


def _subject(entry: GapEntry, other: str) -> str:
    return entry.subject if entry.subject in _OWN_SUBJECT else other
