"""A proposed claim line and the proof of it: which rule, from which facts, with what arithmetic and which words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from models.record import Record
from models.span import Evidence


class Step(Record):
    """One rule that fired. ``facts`` are references such as ``administrations/3``."""

    rule: str  # stable id, listed in the rule catalogue
    citation: str
    statement: str  # the reasoning and arithmetic in a coder's words
    facts: tuple[str, ...] = ()


class Rejection(Record):
    """A rule or code that was considered for this line and did not apply."""

    rule: str
    why: str


class Line(Record):
    """One procedure, drug or supply line.

    Attributes in ``evidence``: ``code``, ``units``, ``modifier:JZ``, ``ndc``, ``date_of_service``, ``diagnoses``.
    """

    id: str  # stable within the case: "line-1"
    system: Literal["CPT", "HCPCS"]
    code: str
    label: str  # our own short label, or the public HCPCS text
    units: int = Field(ge=1)
    modifiers: tuple[str, ...] = ()
    ndc: str | None = None
    date_of_service: date | None = None
    diagnoses: tuple[str, ...] = ()  # codes that support the line, in pointer order
    facts: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    not_fired: tuple[Rejection, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Block(Record):
    """A stretch of the timeline: owned by the line ids given, or excluded for a named reason."""

    fact: str  # administrations/3
    start: datetime
    stop: datetime
    code: str | None = None
    lines: tuple[str, ...] = ()
    excluded: str | None = None  # "paused", "overlaps a drug infusion", "under 31 minutes", ...
