"""Doses in the unit of a code. Decimals throughout: no float ever touches a billed unit."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from assistant.coding.basis import Basis


def canonical_unit(basis: Basis, written: str | None) -> str | None:
    """The unit as the tables name it ("mcg" for "ug"); None for one we do not know, such as "mg/m2"."""
    if written is None:
        return None
    found = basis.value("unit/alias").get(" ".join(written.lower().replace(".", "").split()))
    return str(found) if found else None


def convert(basis: Basis, amount: Decimal, unit: str | None, target: str) -> Decimal | None:
    """The amount in the target unit; None when the two measure different things or a unit is unknown."""
    source, goal = canonical_unit(basis, unit), canonical_unit(basis, target)
    if source is None or goal is None:
        return None
    for factors in basis.value("unit/conversion").values():
        if source in factors and goal in factors:
            return amount * Decimal(factors[source]) / Decimal(factors[goal])
    return None


def round_up(amount: Decimal, unit_amount: Decimal) -> int:
    """Billing units of an amount: any begun unit counts, at least one."""
    return max(1, int((amount / unit_amount).to_integral_value(ROUND_CEILING)))
