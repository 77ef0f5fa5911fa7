"""What became of the rest of a single-dose container: G21, G22. The same judgement as the drug lines'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from assistant.coding.charge import source_of
from assistant.coding.event import Event
from assistant.coding.unit import convert, round_up
from assistant.coding.waste import discarded_amount, judge_waste, opened_amount
from assistant.documentation.chart import Chart, Hole, amount
from assistant.documentation.whatif import waste_trials
from terminology.drug import Product

_SHOWN_BY = ("drug", "dose", "container", "containers", "waste_statement", "missing-waste-statement")


def find_waste_holes(chart: Chart) -> Iterator[Hole]:
    """Products of a day whose waste is not stated, or does not fit the containers."""
    groups: dict[tuple[str, date | None], list[tuple[Event, Product]]] = {}
    for event in chart.injected:
        product = chart.resolve(event).candidate
        if product and event.fact.dose is not None and not event.fact.stated_code:
            day = event.fact.start.date() if event.fact.start else None
            groups.setdefault((product.code, day), []).append((event, product))
    for members in groups.values():
        yield from _find_in_group(chart, [event for event, _ in members], members[0][1])


def _find_in_group(chart: Chart, events: list[Event], product: Product) -> Iterator[Hole]:
    given = [convert(chart.basis, event.fact.dose or Decimal(0), event.fact.unit, product.unit) for event in events]
    total = sum((dose for dose in given if dose is not None), Decimal(0))
    billed = round_up(total, product.unit_amount)
    waste = judge_waste(chart.basis, product.code, product.unit_amount, product.unit, events, billed)
    opened = opened_amount(chart.basis, events, product.unit) if None not in given else None
    if waste.conflict or (waste.rule == "WASTE-NOT-STATED" and opened is not None and _exceeds(chart, total, opened)):
        yield from _conflict(chart, events, product, opened)
    elif waste.rule == "WASTE-NOT-STATED" and chart.basis.value("waste/jz_from"):
        if not _is_single_dose(chart, events, product):
            return
        trials = tuple(waste_trials(chart, events, product))
        for event in events:
            if event.fact.discarded is None and event.fact.waste_statement != "stated":
                yield Hole("G21", event.drug, source_of(event), chart.words(event), _SHOWN_BY, trials)


def _conflict(chart: Chart, events: list[Event], product: Product, opened: Decimal | None) -> Iterator[Hole]:
    trials = tuple(waste_trials(chart, events, product)) if opened is not None else ()
    waste = discarded_amount(chart.basis, events, product.unit)
    for event in events:
        if not event.fact.containers:
            continue
        words = {**chart.words(event), "given": amount(event.fact.dose, event.fact.unit)}
        if waste is not None:
            words["waste"] = amount(event.fact.discarded, event.fact.discarded_unit or event.fact.unit)
        attributes = ("drug", "dose", "discarded", "containers", "waste-conflict")
        yield Hole("G22", event.drug, source_of(event), words, attributes, trials)


def _exceeds(chart: Chart, given: Decimal, opened: Decimal) -> bool:
    return given > opened * (1 + Decimal(chart.basis.value("waste/tolerance_percent")) / 100)


def _is_single_dose(chart: Chart, events: Sequence[Event], product: Product) -> bool:
    """As charted; where the chart is silent, as the product is sold."""
    charted = [event.fact.container for event in events if event.fact.container]
    if charted:
        return all(container == "single-dose" for container in charted)
    drug = chart.drug(events[0])
    return (product.container or (drug.container if drug else None)) == "single-dose"
