"""What a coder should see beside lines and gaps: an edit hit, an outdated edition, a named choice between sources."""

from __future__ import annotations

from typing import Literal

from models.record import Record
from models.span import Evidence


class Finding(Record):
    id: str
    kind: str  # "edition-outdated", "technique-mismatch", "conflict-of-sources", "unknown-drug", "candidate-codes", ...
    severity: Literal["error", "warning", "info"]
    message: str  # never holds note text: the evidence does
    citation: str | None = None
    edition: str | None = None
    facts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
