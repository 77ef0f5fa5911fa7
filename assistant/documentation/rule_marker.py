"""Markers and tests that an infusion note shows to be open: G59, G60."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from assistant.coding.charge import Source
from assistant.documentation.chart import Chart, Hole

_CONTRARY = frozenset({"positive", "negative"})


def find_marker_holes(chart: Chart) -> Iterator[Hole]:
    """Molecular tests and markers sent without a result, and one marker read both ways."""
    for index, marker in enumerate(chart.facts.biomarkers):
        if marker.result == "pending":
            yield _pending(Source(f"biomarkers/{index}", marker), marker.name)
    for index, test in enumerate(chart.facts.genomic_tests):
        if test.status == "pending":
            yield _pending(Source(f"genomic_tests/{index}", test), test.name)
    yield from _find_conflicts(chart)


def _pending(source: Source, name: str) -> Hole:
    return Hole("G60", name, source, {"about": name, "status": "pending"}, ())


def _find_conflicts(chart: Chart) -> Iterator[Hole]:
    """Positive and negative by the same method, where the note is about one tumour."""
    if len(chart.facts.pathology) > 1:
        return
    deciding = chart.basis.words("documentation/predictive_markers")
    markers = list(enumerate(chart.facts.biomarkers))
    for (_, first), (index, second) in combinations(markers, 2):
        same_method = (first.method or "").lower() == (second.method or "").lower()
        if first.name != second.name or first.name not in deciding:
            continue
        if same_method and {first.result, second.result} == _CONTRARY:
            words = {"about": first.name, "result": first.result or "", "other_result": second.result or ""}
            yield Hole("G59", first.name, Source(f"biomarkers/{index}", second), words, ())
