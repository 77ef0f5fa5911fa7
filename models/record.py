"""The base of every record: frozen, closed to unknown keys, loss-free through JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


class Record(BaseModel):
    """An immutable record; equality is by value, JSON round trips without loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)


def plain_number(amount: Decimal) -> int | float:
    """A JSON number for a decimal amount: ``12`` for 12.0, ``0.25`` for 0.250."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


# Doses are decimals inside (no float arithmetic on billed units) and plain numbers in JSON.
Amount = Annotated[Decimal, PlainSerializer(plain_number, when_used="json")]
