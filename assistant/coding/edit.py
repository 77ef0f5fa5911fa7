"""NCCI edits on the drafted lines: the distinct-service modifier, bundled codes, units above the limit."""

from __future__ import annotations

from dataclasses import replace

from assistant.coding.basis import Basis, pair_indicator, unit_limit
from assistant.coding.charge import Charge, Ledger


def apply_edits(basis: Basis, ledger: Ledger) -> None:
    """Mark the lower code of a pair with indicator 1, drop that of a pair with indicator 0."""
    _drop_bundled(basis, ledger)
    modifier = str(basis.value("edit/distinct_modifier"))
    for position, charge in enumerate(ledger.charges):
        if charge.order or charge.modifiers or charge.code in basis.words("edit/add_on_codes"):
            continue
        above = _column_one(basis, charge, ledger.charges, 1)
        if above is None:
            continue
        marked = replace(
            charge,
            modifiers=(*charge.modifiers, modifier),
            steps=(
                *charge.steps,
                (
                    "EDIT-DISTINCT",
                    f"{above.code}/{charge.code} is a pair with indicator 1: both are supported, modifier {modifier}",
                ),
            ),
        )
        _swap(ledger, position, charge, marked)


def note_limits(basis: Basis, ledger: Ledger) -> None:
    """Findings for codes whose units exceed the medically unlikely edit."""
    units: dict[str, int] = {}
    for charge in ledger.charges:
        units[charge.code] = units.get(charge.code, 0) + charge.units
    for code, count in units.items():
        limit = unit_limit(basis.terminology, code, basis.setting, basis.on)
        if limit is not None and count > limit:
            sources = tuple(source for charge in ledger.charges if charge.code == code for source in charge.sources)
            ledger.note(
                "units-above-limit",
                "EDIT-UNITS",
                f"{code}: {count} units, the medically unlikely edit is {limit}: verify, never split to evade",
                sources,
                warn=True,
            )


def _drop_bundled(basis: Basis, ledger: Ledger) -> None:
    for charge in list(ledger.charges):
        if charge.order:
            continue
        above = _column_one(basis, charge, ledger.charges, 0)
        if above is not None:
            ledger.charges.remove(charge)
            ledger.shares = [
                replace(share, charge=None, excluded=f"bundled into {above.code}") if share.charge is charge else share
                for share in ledger.shares
            ]
            ledger.note("bundled", "EDIT-BUNDLED", f"{charge.code} is never paid beside {above.code}", charge.sources)


def _column_one(basis: Basis, charge: Charge, charges: list[Charge], indicator: int) -> Charge | None:
    """A charge on the case that is column 1 to this one's column 2 with the given indicator."""
    for other in charges:
        if other.order or other.code == charge.code:
            continue
        if pair_indicator(basis.terminology, other.code, charge.code, basis.setting, basis.on) == indicator:
            return other
    return None


def _swap(ledger: Ledger, position: int, old: Charge, new: Charge) -> None:
    ledger.charges[position] = new
    ledger.shares = [replace(share, charge=new) if share.charge is old else share for share in ledger.shares]
