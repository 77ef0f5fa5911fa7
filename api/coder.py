"""The judgement as the ways in see it: a note or structured facts in, a case out, and words for codes."""

from __future__ import annotations

import threading
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from models.case import Case, Edition
from models.errors import TerminologyError
from models.note import Note

if TYPE_CHECKING:
    from terminology.store import Terminology


class Coder(Protocol):
    """Codes notes. Tests pass their own; people get ``PipelineCoder``."""

    def code_note(self, note: Note) -> Case: ...

    def code_facts(self, record: dict[str, Any]) -> Case: ...

    def write(self, case: Case) -> dict[str, Any]:
        """The case as the JSON document of the gold schema, with spans, derivations and what-ifs."""

    def describe(self, code: str, on: date | None) -> str:
        """Text of an ICD-10-CM code on that date, empty when it has none."""

    def payers(self) -> tuple[str, ...]:
        """Names of the payer profiles."""

    def editions(self) -> tuple[Edition, ...]: ...

    @property
    def terminology(self) -> Terminology: ...


class PipelineCoder:
    """The real pipeline on the shared terminology store.

    Importing the language library takes most of a second, so it happens with the first note and not before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # the language library's string store is shared by all pipelines of a process
        self._terminology: Terminology | None = None

    @property
    def terminology(self) -> Terminology:
        if self._terminology is None:
            from terminology.store import Terminology

            self._terminology = Terminology.open()
        return self._terminology

    def code_note(self, note: Note) -> Case:
        from assistant.pipeline import code_note

        with self._lock:
            return code_note(note, self.terminology)

    def code_facts(self, record: dict[str, Any]) -> Case:
        from assistant.pipeline import code_facts

        with self._lock:
            return code_facts(record, self.terminology)

    def write(self, case: Case) -> dict[str, Any]:
        from assistant.output import write_case

        return write_case(case)

    def describe(self, code: str, on: date | None) -> str:
        if on is None:
            return ""
        try:
            return self.terminology.icd10cm.get(code, on).description
        except TerminologyError:
            return ""

    def payers(self) -> tuple[str, ...]:
        return self.terminology.profiles.names()

    def editions(self) -> tuple[Edition, ...]:
        return self.terminology.editions()
