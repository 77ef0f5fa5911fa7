"""National Drug Codes: the three hyphenated layouts to 11 digits, and the ASP crosswalk to HCPCS."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from models.code import Ndc
from terminology.database import Database, Row
from terminology.edition import TableEdition
from terminology.table import Table

_HYPHENATED = re.compile(r"([0-9]{4,5})-([0-9]{3,4})-([0-9]{1,2})")
_ELEVEN = re.compile(r"[0-9]{11}")
_COLUMNS = "ndc11, hcpcs, labeler, drug_name, dosage, package_size, package_quantity, units_per_package"


def normalise_ndc(written: str) -> str | None:
    """11 digits in 5-4-2 for ``4-4-2``, ``5-3-2``, ``5-4-1`` and ``5-4-2`` with hyphens, or 11 plain digits.

    ``None`` for anything else: 10 plain digits do not tell where the zero belongs.
    """
    text = written.strip()
    if _ELEVEN.fullmatch(text):
        return text
    match = _HYPHENATED.fullmatch(text)
    if match is None:
        return None
    labeler, product, package = match.groups()
    missing = (5 - len(labeler)) + (4 - len(product)) + (2 - len(package))
    return f"{labeler:0>5}{product:0>4}{package:0>2}" if missing <= 1 else None


class Ndcs(Table):
    """Dated look-ups in the crosswalk."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("ndc", database, editions)

    def normalise(self, written: str) -> str | None:
        return normalise_ndc(written)

    def get(self, ndc11: str, on: date | None) -> Ndc | None:
        """The package, from the edition in force or else the newest earlier one that holds it; ``None`` when none does.

        Packages leave the crosswalk when no sales are reported, but the product stays what it is: ``edition`` tells.
        """
        in_force = self.edition_for(on)[0]
        for edition in reversed([each for each in self.shelf.editions if each.valid_from <= in_force.valid_from]):
            rows = self._database.rows(
                f"SELECT {_COLUMNS} FROM ndc WHERE ndc11 = ? AND edition = ? ORDER BY hcpcs",
                ndc11,
                self._numbers[edition],
            )
            if rows:
                return _ndc(rows, edition.edition)
        return None

    def packages(self, hcpcs: str, on: date | None) -> tuple[Ndc, ...]:
        """The packages that the edition in force lists under a HCPCS code, in order of NDC."""
        edition = self.edition_for(on)[0]
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM ndc WHERE hcpcs = ? AND edition = ? ORDER BY ndc11",
            hcpcs.strip().upper(),
            self._numbers[edition],
        )
        return tuple(_ndc([row], edition.edition) for row in rows)


def _ndc(rows: list[Row], edition: str) -> Ndc:
    first = rows[0]
    return Ndc(
        ndc11=first[0],
        hcpcs=first[1],
        alternatives=tuple(dict.fromkeys(row[1] for row in rows if row[1] != first[1])),
        labeler=first[2],
        drug_name=first[3],
        dosage=first[4],
        package_size=Decimal(first[5]),
        package_quantity=Decimal(first[6]),
        units_per_package=Decimal(first[7]),
        edition=edition,
    )
