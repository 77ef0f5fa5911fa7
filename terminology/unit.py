"""Billing units read from HCPCS Level II descriptors: "up to 50 mg", "per 1000 units", "1000 cc".

The descriptor itself is the source; descriptors with several ingredients or none at all are settled by the
reviewed rows in ``data/hcpcs/<edition>/units_reviewed.csv``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

# Written unit -> the unit as doses are charted. "per vial" and "per dose" are "vial" and "dose"; "per sq cm" is none.
_UNITS = {
    "mg": "mg",
    "milligram": "mg",
    "milligrams": "mg",
    "mcg": "mcg",
    "microgram": "mcg",
    "micrograms": "mcg",
    "g": "g",
    "gm": "g",
    "gms": "g",
    "gram": "g",
    "grams": "g",
    "ml": "mL",
    "cc": "mL",
    "milliliter": "mL",
    "milliliters": "mL",
    "unit": "unit",
    "units": "unit",
    "u": "unit",
    "usp unit": "unit",
    "usp units": "unit",
    "iu": "IU",
    "i.u.": "IU",
    "i.u": "IU",
    "international unit": "IU",
    "international units": "IU",
    "meq": "mEq",
    "mmol": "mmol",
    "mci": "mCi",
    "millicurie": "mCi",
    "millicuries": "mCi",
    "microcurie": "uCi",
    "microcuries": "uCi",
}
_WRITTEN = "|".join(re.escape(written) for written in sorted(_UNITS, key=len, reverse=True))
_QUANTITY = re.compile(
    # a number that is no part of a code ("j9201"), a vitamin ("b-12") or a range, with its unit
    rf"(?P<up_to>\bup\s+to\s+)?(?<![\w.%-])(?<!\d,)(?<!= )(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)"
    rf"\s*(?P<million>million\s+)?(?P<unit>{_WRITTEN})(?![\w%-]|\s*/\s*ml)",
    re.IGNORECASE,
)
_PER_ONE = re.compile(rf"\bper\s+(?:factor\s+\w+\s+)?(?P<unit>{_WRITTEN})(?![\w%-])", re.IGNORECASE)
_EACH_UNIT = re.compile(r"\beach unit\b", re.IGNORECASE)  # blood components
_PER_CONTAINER = re.compile(r"\bper\s+(?:single[ -](?:dose|use)\s+)?vial\b", re.IGNORECASE)
_PER_DOSE = re.compile(
    r"\bper\s+(?:(?:therapeutic|treatment|study)\s+)?(?:dose|treatment|instillation|infusion)\b", re.IGNORECASE
)
_DOSE_WITH_LIMIT = re.compile(rf"{_PER_DOSE.pattern}, up to\b", re.IGNORECASE)  # "per study dose, up to 45 millicuries"
_PARENTHESES = re.compile(r"\([^()]*\)")


class BillingUnit(NamedTuple):
    """What one billed unit stands for: ``amount`` of ``unit``; ``up_to``: any part of it is one unit."""

    amount: Decimal
    unit: str
    up_to: bool


def read_units(descriptor: str) -> tuple[BillingUnit, ...]:
    """Every distinct quantity of the descriptor, in order; text in parentheses counts only where the rest has none."""
    if _DOSE_WITH_LIMIT.search(descriptor):
        return (BillingUnit(Decimal(1), "dose", False),)
    for text in (_PARENTHESES.sub(" ", descriptor), descriptor):
        found = dict.fromkeys(_read(match) for match in _QUANTITY.finditer(text))
        if found:
            return tuple(found)
    if match := _PER_ONE.search(descriptor):
        return (BillingUnit(Decimal(1), _UNITS[match["unit"].lower()], False),)
    if _EACH_UNIT.search(descriptor):
        return (BillingUnit(Decimal(1), "unit", False),)
    if _PER_CONTAINER.search(descriptor):
        return (BillingUnit(Decimal(1), "vial", False),)
    return (BillingUnit(Decimal(1), "dose", False),) if _PER_DOSE.search(descriptor) else ()


def read_billing_unit(descriptor: str) -> BillingUnit | None:
    """The one quantity of the descriptor; ``None`` when it names no quantity or several."""
    found = read_units(descriptor)
    return found[0] if len(found) == 1 else None


def _read(match: re.Match[str]) -> BillingUnit:
    amount = Decimal(match["number"].replace(",", ""))
    if match["million"]:
        amount *= 1_000_000
    return BillingUnit(amount, _UNITS[match["unit"].lower()], match["up_to"] is not None)
