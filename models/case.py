"""A coded note: facts, lines, gaps, findings and the editions they were made with."""

from __future__ import annotations

from datetime import date

from models.fact import Facts
from models.finding import Finding
from models.gap import Gap
from models.line import Block, Line
from models.note import Note, Setting
from models.record import Record


class Edition(Record):
    """A table as it was used: ``table`` name, ``edition``, content checksum."""

    table: str
    edition: str
    checksum: str


class Case(Record):
    """Everything oncode says about one note. The same note, tables and rules give the same bytes."""

    note: Note
    setting: Setting
    setting_source: str  # "stated by the caller", "read from the note", "default"
    date_of_service: date | None
    profile: str  # name of the payer profile whose switches were used
    facts: Facts
    lines: tuple[Line, ...] = ()
    gaps: tuple[Gap, ...] = ()
    findings: tuple[Finding, ...] = ()
    timeline: tuple[Block, ...] = ()
    editions: tuple[Edition, ...] = ()
