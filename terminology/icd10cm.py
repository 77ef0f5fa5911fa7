"""ICD-10-CM: codes, the tabular list's instructions, the Table of Neoplasms and search."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Literal, get_args

from models.code import DiagnosisCode, DiagnosisNote, NeoplasmEntry
from models.errors import UnknownCode
from terminology.database import Database
from terminology.edition import TableEdition
from terminology.table import Table
from terminology.words import search_words

Behaviour = Literal["primary", "secondary", "in_situ", "benign", "uncertain", "unspecified"]
_COLUMNS = "code, description, billable, parent"
_PARENTHESES = re.compile(r"\([^()]*\)")
_RANGE = re.compile(
    r"([A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)\.?-?(?:\s*(?:-|to)\s*([A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)\.?-?)?"
)


class Icd10cm(Table):
    """Dated look-ups in ICD-10-CM. Codes may be given with or without the dot, in any case."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("icd10cm", database, editions)
        self._block_nodes: dict[int, tuple[str, ...]] = {}

    def find(self, code: str, on: date | None) -> DiagnosisCode | None:
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM icd10cm WHERE edition = ? AND code = ?", self.number(on), dotted(code)
        )
        return _code(row) if row else None

    def get(self, code: str, on: date | None) -> DiagnosisCode:
        """Raises ``UnknownCode``."""
        found = self.find(code, on)
        if found is None:
            raise UnknownCode("ICD-10-CM", code, on)
        return found

    def billable(self, code: str, on: date | None) -> bool:
        """Whether the code exists and is complete enough for a claim."""
        found = self.find(code, on)
        return found is not None and found.billable

    def parent(self, code: str, on: date | None) -> DiagnosisCode | None:
        above = self.get(code, on).parent
        return self.find(above, on) if above else None

    def children(self, code: str, on: date | None) -> tuple[DiagnosisCode, ...]:
        """The codes right below, in code order."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM icd10cm WHERE edition = ? AND parent = ? ORDER BY code",
            self.number(on),
            dotted(code),
        )
        return tuple(_code(row) for row in rows)

    def search(self, words: str, on: date | None, limit: int = 10) -> tuple[DiagnosisCode, ...]:
        """Codes whose text or inclusion terms hold every word (stems, accents folded), best first."""
        codes = search_words(self._database, "ICD-10-CM", self.number(on), words, limit)
        return tuple(self.get(code, on) for code in codes)

    def neoplasm(self, term: str, behaviour: Behaviour, on: date | None) -> tuple[NeoplasmEntry, ...]:
        """Rows of the Table of Neoplasms whose path holds every word of ``term``, the least specific first.

        A "see" is followed; rows without a code in that behaviour are left out.
        """
        if behaviour not in get_args(Behaviour):
            raise ValueError(f"no behaviour {behaviour!r} in the Table of Neoplasms")
        rows = self._database.rows(f'SELECT path, "{behaviour}", see FROM neoplasm WHERE edition = ?', self.number(on))
        wanted = frozenset(_words(term))
        held = [row for row in rows if wanted and wanted <= frozenset(_words(row[0]))]
        # Words in parentheses are nonessential modifiers: "breast (glandular tissue)" is simply "breast".
        held.sort(key=lambda row: (row[0].count(">"), len(_words(_PARENTHESES.sub("", row[0]))), row[0]))
        seen = [_words(see.removeprefix("Neoplasm,")) for _, code, see in held if see and not code]
        held += [row for row in rows if _words(_PARENTHESES.sub("", row[0])) in seen]
        entries = dict.fromkeys((path, code) for path, code, _ in held if code)
        return tuple(
            NeoplasmEntry(term=path, code=code.rstrip("-").rstrip("."), complete=not code.endswith("-"))
            for path, code in entries
        )

    def notes(self, code: str, on: date | None) -> tuple[DiagnosisNote, ...]:
        """The instructions that hold for a code, its own first, then those of what stands above it."""
        number = self.number(on)
        path = self._path(code, on)
        nearest = {node: place for place, node in enumerate(path)}
        blocks = [node for node in self._blocks(number) if _in_range(path[0], node)]
        held = self._database.rows(
            "SELECT node, kind, text, refs FROM icd10cm_note WHERE edition = ? AND node IN"
            " (SELECT value FROM json_each(?)) ORDER BY rowid",
            number,
            json.dumps([*path, *blocks]),
        )
        # Blocks and chapters stand behind the codes, the narrow ones first.
        held.sort(key=lambda row: (nearest.get(row[0], len(nearest)), _width(row[0])))
        return tuple(
            DiagnosisNote(node=node, kind=kind, text=text, refs=tuple(part for part in refs.split(", ") if part))
            for node, kind, text, refs in held
        )

    def excludes1(self, code: str, on: date | None) -> tuple[DiagnosisNote, ...]:
        """What the tabular list says is never coded together with the code."""
        return tuple(note for note in self.notes(code, on) if note.kind == "excludes1")

    def code_first(self, code: str, on: date | None) -> tuple[DiagnosisNote, ...]:
        return tuple(note for note in self.notes(code, on) if note.kind == "code-first")

    def use_additional(self, code: str, on: date | None) -> tuple[DiagnosisNote, ...]:
        return tuple(note for note in self.notes(code, on) if note.kind == "use-additional")

    def exclusion(self, code: str, other: str, on: date | None) -> DiagnosisNote | None:
        """The excludes1 note that forbids the two codes together, read from either side; notes with a further condition
        ("with fifth character 5") are not decided here."""
        for one, two in ((code, other), (other, code)):
            for note in self.excludes1(one, on):
                if any(covers(reference, two) for reference in note.refs):
                    return note
        return None

    def _blocks(self, number: int) -> tuple[str, ...]:
        """The blocks and chapters that carry notes."""
        if number not in self._block_nodes:
            rows = self._database.rows(
                "SELECT DISTINCT node FROM icd10cm_note WHERE edition = ? AND node LIKE '%-%' ORDER BY node", number
            )
            self._block_nodes[number] = tuple(node for (node,) in rows)
        return self._block_nodes[number]

    def _path(self, code: str, on: date | None) -> list[str]:
        """The code and the codes above it, nearest first."""
        path: list[str] = []
        here: DiagnosisCode | None = self.get(code, on)
        while here is not None:
            path.append(here.code)
            here = self.find(here.parent, on) if here.parent else None
        return path


def dotted(code: str) -> str:
    """``c50412`` -> ``C50.412``."""
    bare = code.strip().upper().replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def covers(reference: str, code: str) -> bool:
    """Whether a printed reference ("C43-C44", "C79.5-", "C45.1") holds a code; conditional references hold none."""
    return _RANGE.fullmatch(reference.strip()) is not None and _in_range(dotted(code), reference)


def _in_range(code: str, reference: str) -> bool:
    match = _RANGE.fullmatch(reference.strip())
    if match is None:
        return False
    first, last = match[1], match[2] or match[1]
    # The tabular list's order is that of the characters; "C7A" stands behind "C79", also in ASCII.
    return first <= code[: len(first)] and code[: len(last)] <= last


def _width(node: str) -> int:
    """How many categories a block spans, roughly: enough to order a block before its chapter."""
    match = _RANGE.fullmatch(node)
    if match is None or match[2] is None:
        return 0
    first, last = match[1], match[2]
    return (ord(last[0]) - ord(first[0])) * 100 + int(last[1]) * 10 - int(first[1]) * 10 + ord(last[2]) - ord(first[2])


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _code(row: tuple[str, str, int, str | None]) -> DiagnosisCode:
    code, description, billable, parent = row
    return DiagnosisCode(code=code, description=description, billable=bool(billable), parent=parent)
