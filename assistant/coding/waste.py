"""JW, JZ or neither: what the chart says about the rest of single-dose containers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assistant.coding.basis import Basis, plain
from assistant.coding.event import Event
from assistant.coding.unit import convert


@dataclass(frozen=True, slots=True)
class Waste:
    """Outcome for one product on one day. ``units`` go on a JW line; ``conflict`` means that the amounts do not fit."""

    modifier: Literal["JW", "JZ", None]
    units: int
    rule: str
    statement: str
    conflict: bool = False


def judge_waste(
    basis: Basis, code: str, unit_amount: Decimal, unit: str, events: Sequence[Event], billed: int
) -> Waste:
    """Apply the JW/JZ table to the events of one product.

    Args:
        unit_amount: amount of ``unit`` in one billing unit.
        billed: units on the administered line.
    """
    if not basis.profile.waste_modifiers:
        return Waste(None, 0, "WASTE-NOT-DUE", f"profile {basis.profile.name} uses neither JW nor JZ")
    if any(event.fact.container in ("multi-dose", "bulk") for event in events):
        return Waste(None, 0, "WASTE-MULTI-DOSE", "multi-dose or bulk container: waste is never billed")
    if basis.setting == "facility":
        status = basis.status(code)
        if status not in basis.words("waste/separately_paid_status"):
            return Waste(None, 0, "WASTE-PACKAGED", f"OPPS status {status or 'not listed'}: not paid separately")
    discarded = discarded_amount(basis, events, unit)
    if discarded is None:
        return Waste(None, 0, "WASTE-NOT-STATED", "no amount discarded and no statement that nothing was discarded")
    given = sum(
        (amount for amount in (_given(basis, event, unit) for event in events) if amount is not None), Decimal(0)
    )
    opened = opened_amount(basis, events, unit)
    if opened is not None and not _fits(basis, given + discarded, opened, events, unit):
        return Waste(
            None,
            0,
            "WASTE-CONFLICT",
            f"given {plain(given)} + discarded {plain(discarded)} is not the {plain(opened)} {unit} opened",
            conflict=True,
        )
    total = opened if opened is not None else given + discarded
    units = int(total // unit_amount) - billed
    if discarded > 0 and units >= 1:
        whole = int(total // unit_amount)
        words = f"floor({plain(total)}/{plain(unit_amount)}) = {whole} opened - {billed} billed = {units} JW"
        if not basis.value("waste/jw_from"):
            return Waste(None, 0, "WASTE-NOT-DUE", "JW is not due on that date")
        return Waste("JW", units, "WASTE-JW", words)
    if not basis.value("waste/jz_from"):
        return Waste(None, 0, "WASTE-NOT-DUE", "JZ is not due on that date")
    if discarded > 0:
        return Waste(
            "JZ",
            0,
            "WASTE-WITHIN-UNIT",
            f"{plain(discarded)} {unit} discarded lies inside the {billed} units billed: no JW line",
        )
    return Waste("JZ", 0, "WASTE-JZ", "nothing discarded from single-dose containers")


def discarded_amount(basis: Basis, events: Sequence[Event], unit: str) -> Decimal | None:
    """Sum discarded in ``unit``; None as soon as one event does not say."""
    total = Decimal(0)
    for event in events:
        fact = event.fact
        if fact.discarded is None:
            return None
        if fact.discarded == 0:
            continue
        amount = convert(basis, fact.discarded, fact.discarded_unit or fact.unit, unit)
        if amount is None:
            return None
        total += amount
    return total


def opened_amount(basis: Basis, events: Sequence[Event], unit: str) -> Decimal | None:
    """What the opened containers held, in ``unit``; None where the containers are not charted in such units."""
    total = Decimal(0)
    for event in events:
        for amount, count in event.fact.containers:
            held = convert(basis, amount, event.fact.container_unit or event.fact.unit, unit)
            if held is None:
                return None
            total += held * count
    return total or None


def _given(basis: Basis, event: Event, unit: str) -> Decimal | None:
    return convert(basis, event.fact.dose, event.fact.unit, unit) if event.fact.dose is not None else None


def _fits(basis: Basis, used: Decimal, opened: Decimal, events: Sequence[Event], unit: str) -> bool:
    """Whether given and discarded make up the containers, over all events or over those that chart containers."""
    tolerance = opened * Decimal(basis.value("waste/tolerance_percent")) / 100
    if abs(used - opened) <= tolerance:
        return True
    charted = [event for event in events if event.fact.containers]
    discarded = discarded_amount(basis, charted, unit) or Decimal(0)
    given = sum((_given(basis, event, unit) or Decimal(0) for event in charted), Decimal(0))
    return abs(given + discarded - opened) <= tolerance
