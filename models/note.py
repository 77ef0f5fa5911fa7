"""The document as it came in. Its text is never changed: every span points into it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from models.record import Record

Setting = Literal["physician", "facility"]


class Note(Record):
    """One clinical document. ``setting``, ``date_of_service`` and ``payer`` are what the caller stated, never read."""

    id: str
    text: str
    setting: Setting | None = None
    date_of_service: date | None = None
    payer: str | None = None
