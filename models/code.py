"""What a code means on a date: one record per code system, and what a look-up answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from models.record import Amount, Record

System = Literal["ICD-10-CM", "HCPCS", "CPT", "modifier", "NDC", "place of service", "drug"]
Why = Literal["code", "ndc", "drug", "words"]


class DiagnosisCode(Record):
    """An ICD-10-CM code, dotted, with its place in the tabular list."""

    code: str
    description: str
    billable: bool  # False: a category or subcategory, more characters are needed
    parent: str | None = None


class DiagnosisNote(Record):
    """An instruction of the tabular list, at the code itself or at a category, block or chapter above it."""

    node: str  # "C77", "C81-C96"
    kind: Literal["excludes1", "excludes2", "code-first", "use-additional", "code-also", "includes", "inclusion"]
    text: str
    refs: tuple[str, ...] = ()  # codes and ranges as printed: "C7B.-", "T36-T50 with fifth or sixth character 5"


class NeoplasmEntry(Record):
    """A row of the Table of Neoplasms read in one behaviour column."""

    term: str  # "breast > upper-outer quadrant"
    code: str  # dotted, without the trailing dash
    complete: bool  # False: printed with a dash, more characters are needed


class HcpcsCode(Record):
    """A HCPCS Level II code. One billed unit is ``unit_amount`` of ``unit``; ``up_to``: any part of it is one unit."""

    code: str
    description: str  # the public long text, the short text where none is on hand
    short_description: str
    unit_amount: Amount | None = None
    unit: str | None = None  # "mg", "mcg", "g", "mL", "unit", "IU", "mEq", "mCi", "vial", "dose"
    up_to: bool = False
    valid_from: date
    valid_to: date | None = None  # exclusive
    inferred: tuple[Literal["start", "end"], ...] = ()  # dates worked out from quarterly lists, not published
    successor: str | None = None


class CptCode(Record):
    """A CPT number. ``label`` is our own wording, or the text of the owner's licensed file; no AMA text is shipped."""

    code: str
    label: str
    licensed: bool = False  # True: the label comes from the owner's licensed file
    family: str = ""  # CMS grouping (RBCS)
    valid_from: date
    valid_to: date | None = None  # exclusive
    inferred: tuple[Literal["start", "end"], ...] = ()


class Modifier(Record):
    """A two-character modifier; CPT modifiers carry our own label."""

    code: str
    label: str
    system: Literal["CPT", "HCPCS"]
    valid_from: date | None = None
    valid_to: date | None = None  # exclusive


class Ndc(Record):
    """A drug package of the ASP NDC-HCPCS crosswalk. ``units_per_package``: HCPCS units in one package."""

    ndc11: str
    hcpcs: str
    alternatives: tuple[str, ...] = ()  # further codes of the same package (dialysis twin, bag sizes)
    labeler: str
    drug_name: str
    dosage: str  # the HCPCS dosage as printed: "10 MG"
    package_size: Amount
    package_quantity: Amount
    units_per_package: Amount
    edition: str  # an earlier edition than the one in force where the package has left the crosswalk


class PlaceOfService(Record):
    code: str
    name: str
    facility_rate: bool | None = None  # physician fee schedule pays the facility rate


class Match(Record):
    """One answer of a look-up: a code in one system, whether it was valid on the date asked for, and why it matched."""

    system: System
    code: str
    text: str
    valid: bool  # on the date asked for
    valid_from: date | None = None
    valid_to: date | None = None  # exclusive
    detail: str = ""  # "1 mg a unit", "category: more characters needed"
    why: Why
