"""Dose and body measures: G19, G20, G25."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from assistant.coding.charge import source_of
from assistant.coding.event import Event
from assistant.coding.unit import convert
from assistant.documentation.chart import Chart, Hole, Trial, amount
from assistant.documentation.whatif import dose_trials

_PER_AREA = "/m2"
_PER_WEIGHT = "/kg"
_CALVERT_CONSTANT = 25  # Calvert 1989: mg = AUC x (GFR + 25)


def find_dose_holes(chart: Chart) -> Iterator[Hole]:
    """Doses that are absent, that disagree, or that stand on a body measure nobody charted."""
    for event in chart.injected:
        fact = event.fact
        if fact.dose is None:
            yield Hole(
                "G19",
                fact.drug,
                source_of(event),
                chart.words(event),
                ("drug", "missing-dose"),
                tuple(dose_trials(chart, event)),
            )
        else:
            yield from _find_discrepancy(chart, event)
        if _lacks_measure(chart, event):
            attributes = ("drug", "dose", "dose_basis", "missing-weight")
            yield Hole("G25", fact.drug, source_of(event), chart.words(event), attributes)


def _lacks_measure(chart: Chart, event: Event) -> bool:
    visit = chart.visit
    if any(measure is not None for measure in (visit.weight_kg, visit.height_cm, visit.bsa_m2)):
        return False
    return (event.fact.dose_basis or "").endswith((_PER_AREA, _PER_WEIGHT))


def _find_discrepancy(chart: Chart, event: Event) -> Iterator[Hole]:
    """Given against ordered; without an order, against what body measures give. A stopped infusion is none."""
    fact = event.fact
    if fact.dose is None or event.discontinued:
        return
    attributes = ("drug", "dose", "ordered_dose", "calculated_dose", "dose-discrepancy")
    words = {**chart.words(event), "given": amount(fact.dose, fact.unit)}
    if fact.ordered_dose is not None:
        if _differ(chart, fact.ordered_dose, fact.dose):
            words["ordered"] = amount(fact.ordered_dose, fact.unit)
            trial = Trial(f"{words['ordered']} given", chart.change(event, dose=fact.ordered_dose))
            yield Hole("G20", fact.drug, source_of(event), words, attributes, (trial,))
        return
    calculated = fact.calculated_dose if fact.calculated_dose is not None else calculate_dose(chart, event)
    if calculated is not None and _differ(chart, calculated, fact.dose):
        words["calculated"] = amount(calculated, fact.unit)
        trial = Trial(f"{words['calculated']} given", chart.change(event, dose=calculated))
        yield Hole("G20", fact.drug, source_of(event), words, attributes, (trial,))


def _differ(chart: Chart, expected: Decimal, given: Decimal) -> bool:
    allowed = Decimal(chart.basis.value("documentation/dose_discrepancy_percent")) / 100
    return expected > 0 and abs(given - expected) > expected * allowed


def calculate_dose(chart: Chart, event: Event) -> Decimal | None:
    """Dose in the unit charted, from amount per measure and the measure; None where either is not charted.

    AUC by Calvert from the charted clearance, which is capped (FDA communication of October 2010).
    """
    fact, visit = event.fact, chart.visit
    per, basis = fact.dose_per_basis, fact.dose_basis or ""
    if per is None or _is_one_of_several(chart, event):
        return None
    if basis == "AUC":
        if visit.creatinine_clearance is None:
            return None
        cap = Decimal(chart.basis.value("documentation/clearance_cap"))
        dose, unit = per * (min(visit.creatinine_clearance, cap) + _CALVERT_CONSTANT), "mg"
    else:
        unit, _, measure = basis.rpartition("/")
        size = {"m2": visit.bsa_m2, "kg": visit.weight_kg}.get(measure)
        if size is None:
            return None
        dose = per * size
    found = convert(chart.basis, dose, unit, fact.unit or unit)
    return _cap(chart, event, found).quantize(Decimal("0.1")) if found is not None else None


def _cap(chart: Chart, event: Event, dose: Decimal) -> Decimal:
    cap = chart.basis.value("documentation/dose_cap").get(event.drug)
    limit = convert(chart.basis, Decimal(cap["amount"]), cap["unit"], event.fact.unit or cap["unit"]) if cap else None
    return dose if limit is None else min(dose, limit)


def _is_one_of_several(chart: Chart, event: Event) -> bool:
    """A dose split over several administrations is not the calculated one."""
    return sum(other.drug == event.drug for other in chart.events) > 1
