"""A hole in the documentation: what is missing, the question that closes it, and (coders only) what it would change."""

from __future__ import annotations

from typing import Literal

from models.record import Record
from models.span import Evidence

Severity = Literal["blocks", "downgrades", "advises"]
Recipient = Literal[
    "nurse", "physician", "pharmacy", "pathology", "practice manager", "authorization team", "front desk"
]


class CodeChange(Record):
    """A line that would appear (``+``), vanish (``-``) in a what-if."""

    sign: Literal["+", "-"]
    code: str
    units: int
    modifiers: tuple[str, ...] = ()


class WhatIf(Record):
    """The smallest documentation that changes the outcome, and the change. Coders only: never shown to a clinician."""

    documentation: str  # "stop at or after 11:06"
    changes: tuple[CodeChange, ...]


class Gap(Record):
    id: str  # "gap-1"
    kind: str  # a stable name of gold-schema.md
    about: str
    severity: Severity
    rule: str  # catalogue id, "G01"
    citation: str
    recipient: Recipient
    query: str  # non-leading, quotes the chart, no money and no codes
    what_if: tuple[WhatIf, ...] = ()
    facts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
