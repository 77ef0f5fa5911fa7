"""Order, author, supervision and date: G32 to G36. Only what the note itself shows to be missing."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.coding.charge import source_of
from assistant.documentation.chart import Chart, Hole, Trial


def find_order_holes(chart: Chart) -> Iterator[Hole]:
    """A note that says that the order, the signature, the date, the provider or the supervision is not there."""
    visit = chart.visit
    yield from _find_missing_orders(chart)
    if visit.signature == "unsigned":
        yield chart.visit_hole("G33", "note", "signature", "unsigned-note")
    if visit.rendering_provider_blank and not visit.rendering_provider:
        yield chart.visit_hole("G34", "visit", "rendering_provider", "missing-rendering-provider")
    # Hospital outpatient departments work under general supervision (42 CFR 410.27): nobody need be in the suite.
    if visit.supervision == "absent" and chart.basis.setting == "physician":
        yield chart.visit_hole("G35", "visit", "supervision", "missing-supervision")
    if visit.date_blank and visit.date_of_service is None:
        yield chart.visit_hole("G36", "visit", "date_of_service", "missing-date-of-service")


def _find_missing_orders(chart: Chart) -> Iterator[Hole]:
    unordered = [event for event in chart.events if event.fact.ordered is False]
    for event in unordered:
        trial = Trial("a signed order", chart.change(event, ordered=True))
        yield Hole(
            "G32", event.drug, source_of(event), chart.words(event), ("ordered", "drug", "missing-order"), (trial,)
        )
    if chart.visit.order == "missing" and not unordered and chart.main:
        trial = Trial("a signed order", chart.change_visit(order="documented"))
        yield chart.visit_hole("G32", chart.main.drug, "order", "missing-order", trials=(trial,))
