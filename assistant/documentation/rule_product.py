"""Which product it was: G23, G24, G27."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.coding.charge import source_of
from assistant.coding.event import Event
from assistant.documentation.chart import Chart, Hole
from assistant.documentation.whatif import product_trials


def find_product_holes(chart: Chart) -> Iterator[Hole]:
    """Drugs whose code needs a brand, a suffix or an NDC that is not charted."""
    for event in chart.injected:
        if event.fact.stated_code:
            continue
        found = chart.resolve(event)
        if found.candidate is None:
            if found.ambiguous and len(found.candidates) > 1:
                trials = tuple(product_trials(chart, event))
                yield Hole("G24", event.drug, source_of(event), chart.words(event), ("drug", "ambiguous-drug"), trials)
            continue
        # Rescue drugs and additives without a code of their own are packaged everywhere: nobody asks for their NDC.
        if found.candidate.noc and chart.needs_indication(event) and _lacks_detail(event):
            attributes = ("drug", "dose", "route", "unclassified-drug-detail")
            yield Hole("G27", event.drug, source_of(event), chart.words(event), attributes)
        elif chart.visit.requires_ndc and not event.fact.ndc:
            yield Hole("G23", event.drug, source_of(event), chart.words(event), ("drug", "dose", "missing-ndc"))


def _lacks_detail(event: Event) -> bool:
    fact = event.fact
    return not fact.ndc or fact.dose is None or fact.route is None
