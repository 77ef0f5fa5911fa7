"""Reads the drug dictionary's CSV files."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from models.errors import BadTable
from terminology.drug_record import Alias, Drug, Product

EDITION = "2026"
FOLDER = Path(__file__).parent / "data" / "drug" / EDITION


_DRUG_COLUMNS = (
    "name ingredient kind category encounter antineoplastic hormonal vesicant supportive parenteral_only routes"
    " technique dose_unit container sc_twin notes source valid_from valid_to"
)
_ALIAS_COLUMNS = "text drug brand kind ambiguous route product source valid_from valid_to"
_PRODUCT_COLUMNS = (
    "drug hcpcs unit_amount unit up_to routes brand labeler doses container strengths per_package_ml is_default"
    " ambiguous valid_from valid_to source"
)


def read_drugs() -> list[Drug]:
    return [_drug(*cells) for cells in read_rows("drug", _DRUG_COLUMNS)]


def read_aliases() -> list[Alias]:
    return [_alias(*cells) for cells in read_rows("alias", _ALIAS_COLUMNS)]


def read_products() -> list[Product]:
    return [_product(*cells) for cells in read_rows("product", _PRODUCT_COLUMNS)]


def read_guard() -> list[str]:
    """Ordinary words that lie near a drug name."""
    return [word for word, *_ in read_rows("guard", "word near source")]


def _drug(
    name: str,
    ingredient: str,
    kind: str,
    category: str,
    encounter: str,
    antineoplastic: str,
    hormonal: str,
    vesicant: str,
    supportive: str,
    parenteral_only: str,
    routes: str,
    technique: str,
    dose_unit: str,
    container: str,
    sc_twin: str,
    notes: str,
    _source: str,
    valid_from: str,
    valid_to: str,
) -> Drug:
    pairs = (item.partition(":") for item in _split(technique))
    return Drug(
        name,
        ingredient,
        kind,
        category,
        encounter or None,
        antineoplastic == "1",
        hormonal == "1",
        vesicant == "1",
        supportive == "1",
        parenteral_only == "1",
        _split(routes),
        tuple((route, way) for route, _, way in pairs),
        dose_unit or None,
        container or None,
        sc_twin or None,
        notes,
        _day(valid_from),
        _day(valid_to),
    )


def _alias(
    text: str,
    drug: str,
    brand: str,
    kind: str,
    ambiguous: str,
    route: str,
    product: str,
    *_unused: str,
) -> Alias:
    return Alias(text, drug, brand == "1", kind, ambiguous == "1", route or None, product or None)


def _product(
    drug: str,
    code: str,
    unit_amount: str,
    unit: str,
    up_to: str,
    routes: str,
    brands: str,
    labelers: str,
    doses: str,
    container: str,
    strengths: str,
    per_package_ml: str,
    is_default: str,
    ambiguous: str,
    valid_from: str,
    valid_to: str,
    _source: str,
) -> Product:
    return Product(
        drug,
        code,
        Decimal(unit_amount),
        unit,
        up_to == "1",
        _split(routes),
        _split(brands),
        _split(labelers),
        tuple(Decimal(dose) for dose in _split(doses)),
        container or None,
        _split(strengths),
        Decimal(per_package_ml) if per_package_ml else None,
        is_default == "1",
        ambiguous == "1",
        _day(valid_from),
        _day(valid_to),
    )


@cache
def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


@cache
def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def read_rows(table: str, columns: str) -> list[list[str]]:
    """Cells of ``<table>.csv``, one list a row, in the order of the blank-separated ``columns``.

    Raises:
        BadTable: the file is missing, has other columns, or a row has more or fewer cells.
    """
    path = FOLDER / f"{table}.csv"
    wanted = columns.split()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except FileNotFoundError as error:
        raise BadTable(table, path.name, "the file is missing") from error
    if header != wanted:
        raise BadTable(table, "header", f"{', '.join(wanted)} expected")
    for number, cells in enumerate(rows, start=2):
        if len(cells) != len(wanted):
            raise BadTable(table, f"row {number}", f"{len(cells)} cells, {len(wanted)} expected")
    return rows
