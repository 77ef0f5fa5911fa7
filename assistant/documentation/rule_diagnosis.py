"""Indication, site, side, type, status and cause: G38, G39 to G46."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.coding.charge import Source, source_of
from assistant.documentation.chart import Chart, Hole, filled, quote
from models.fact import Diagnosis
from terminology.gap import GapCatalogue

# Encounter, status and history codes, signs, and effects of treatment are no indication for a drug.
_NO_INDICATION = ("Z", "R", "T")


def find_diagnosis_holes(chart: Chart) -> Iterator[Hole]:
    """Holes that the reader of diagnoses saw, and drugs that no diagnosis supports."""
    catalogue = GapCatalogue.load()
    for index, diagnosis in enumerate(chart.facts.diagnoses):
        for kind in diagnosis.holes:
            entries = catalogue.of_kind(kind, chart.basis.on)
            if entries and _counts(diagnosis, kind):
                about = diagnosis.about or diagnosis.text or diagnosis.code
                words = filled({"about": about, "text": diagnosis.text or quote(diagnosis, "code", "text")})
                source = Source(f"diagnoses/{index}", diagnosis)
                yield Hole(entries[0].id, about.lower(), source, words, ("code", "text", kind))
    yield from _find_missing_indication(chart)


def _counts(diagnosis: Diagnosis, kind: str) -> bool:
    return diagnosis.status == "active" or (diagnosis.status == "history" and kind == "active-or-history")


def _find_missing_indication(chart: Chart) -> Iterator[Hole]:
    """No diagnosis at all, or only uncertain ones, for the drug that the visit was for."""
    diagnoses = chart.facts.diagnoses
    supporting = [item for item in diagnoses if item.status == "active" and not item.code.startswith(_NO_INDICATION)]
    unclear = [item for item in diagnoses if "active-or-history" in item.holes]
    main = chart.main
    if supporting or unclear or main is None:
        return
    if not (chart.needs_indication(main) and chart.is_charted(main)):
        return
    suspected = [item for item in diagnoses if item.status == "suspected" and not item.code.startswith(_NO_INDICATION)]
    words = chart.words(main)
    attributes = ("drug", "dose", "missing-indication")
    if suspected:
        words["text"] = suspected[0].text or ""
        if words["text"]:
            yield Hole("G46", main.drug, source_of(main), words, attributes)
            return
    if not any(item.status == "history" for item in diagnoses):
        yield Hole("G38", main.drug, source_of(main), words, attributes)
