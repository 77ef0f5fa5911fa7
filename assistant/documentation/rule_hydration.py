"""Fluids without a reason: G09."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.coding.charge import source_of
from assistant.coding.event import Event
from assistant.coding.hydration import hydration_obstacle
from assistant.documentation.chart import Chart, Hole, Trial
from assistant.documentation.whatif import compare_lines
from models.fact import Facts


def find_hydration_holes(chart: Chart) -> Iterator[Hole]:
    """Fluids that would be a hydration service if only reason (or order) were documented.

    Coding the facts again with a reason tells: fluids that ran beside drugs, or for too short, change nothing.
    """
    for event in chart.events:
        if event.kind != "hydration" or event.fact.purpose:
            continue
        obstacle = hydration_obstacle(chart.basis, event)
        if obstacle is None or obstacle[0] != "ADM-HYDRATION-REASON" or _is_additive(chart, event):
            continue
        trial = Trial("a clinical reason for the fluid, with its order", _with_reason(chart, event))
        if _adds_hydration(chart, trial):
            attributes = ("drug", "dose", "start", "stop", "purpose", "missing-hydration-reason")
            yield Hole("G09", event.drug, source_of(event), chart.words(event), attributes, (trial,))


def _is_additive(chart: Chart, event: Event) -> bool:
    """An electrolyte mixed into a fluid: the fluid itself is asked about."""
    drug = chart.drug(event)
    return event.fact.bag is not None and drug is not None and drug.category != "hydration"


def _with_reason(chart: Chart, event: Event) -> Facts:
    facts = chart.change(event, purpose="clinical reason", ordered=True)
    if chart.visit.order != "missing":
        return facts
    return facts.model_copy(update={"visit": chart.visit.model_copy(update={"order": "documented"})})


def _adds_hydration(chart: Chart, trial: Trial) -> bool:
    codes = {chart.basis.code("hydration", role) for role in ("initial", "hour")}
    changes = compare_lines(chart.lines, chart.recode(trial.facts))
    return any(change.sign == "+" and change.code in codes for change in changes)
