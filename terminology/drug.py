"""The drug dictionary: every way to write a drug, and the product code that was due on a date.

Records come from ``terminology/data/drug/2026`` (see SOURCE.md there). Names follow our naming convention: lower-case
ingredient, four-letter suffix for biosimilars only, co-formulations joined by hyphens with hyaluronidase last.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from terminology.drug_spelling import Speller
from terminology.drug_table import read_rows

DecidedBy = Literal["ndc", "brand", "labeler", "route", "dose", "volume", "default", "only", "none"]

_WORD = re.compile(r"[a-z0-9%.]+")
_BIOSIMILAR = re.compile(r"\bbio-?\s?sim(?:ilars?)?\b")
_FORMS = (
    (re.compile(r"\bliposom|\bpegylated lipo"), "liposomal "),
    (re.compile(r"\b(?:protein|albumin)[- ]bound|\bnab-?\b"), "nab-"),
)
_PERIOD_AFTER_LETTER = re.compile(r"(?<=[a-z])\.")


@dataclass(frozen=True, slots=True)
class Drug:
    """One ingredient (or co-formulation) as facts name it."""

    name: str
    ingredient: str  # what biosimilars and subcutaneous twins share: "trastuzumab" for "trastuzumab-anns"
    kind: str  # "cytotoxic", "checkpoint inhibitor", "antiemetic", ...
    category: str  # "chemo/complex", "therapeutic", "hydration", "flush", "declot", "oral", "blood product"
    encounter: str | None  # "Z51.11", "Z51.12" or None: what a visit for this drug is
    antineoplastic: bool
    hormonal: bool
    vesicant: bool
    supportive: bool
    parenteral_only: bool  # no oral form exists: without a route it was still injected
    routes: tuple[str, ...]  # usual routes, most usual first
    technique: tuple[tuple[str, str], ...]  # (route, technique) where it never differs
    dose_unit: str | None
    container: str | None  # "single-dose", "multi-dose", "bulk"; None where both are common
    sc_twin: str | None  # the co-formulation that a subcutaneous dose of this name must have been
    notes: str
    valid_from: date | None
    valid_to: date | None

    def technique_for(self, route: str | None) -> str | None:
        """Technique that follows from the route alone ("injection" for SC), None where the note must say it."""
        return next((technique for usual, technique in self.technique if usual == route), None)


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write a drug, lower case. ``ambiguous`` ones count only beside a dose."""

    text: str
    drug: str
    brand: bool
    kind: str  # "generic", "brand", "abbreviation", "salt", "misspelling", "regimen-short"
    ambiguous: bool
    route: str | None
    product: str | None  # words that pin the product in ``resolve`` where the text itself does not ("depot")


@dataclass(frozen=True, slots=True)
class Product:
    """One separately coded product of a drug in its period of validity (``valid_to`` exclusive)."""

    drug: str
    code: str
    unit_amount: Decimal  # amount of ``unit`` in one billing unit
    unit: str
    up_to: bool
    routes: tuple[str, ...]  # empty: any route but PO
    brands: tuple[str, ...]
    labelers: tuple[str, ...]
    doses: tuple[Decimal, ...]  # labelled doses in ``unit`` that choose this product among twins of one brand
    container: str | None
    strengths: tuple[str, ...]  # package sizes where known: "100mg"
    per_package_ml: Decimal | None  # fluids: one billing unit is a bag of this volume
    is_default: bool
    ambiguous: bool  # unbranded, the mention could be another separately coded product
    valid_from: date | None
    valid_to: date | None

    @property
    def noc(self) -> bool:
        """Not-otherwise-classified code: the claim must carry name, dose, route and NDC."""
        return self.code in ("J9999", "J3490", "J3590", "C9399", "J8999", "J8499", "P9099", "J7199", "J7599")

    def is_valid(self, on: date | None) -> bool:
        """Valid on the date; without a date, valid in the newest edition."""
        if on is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)

    def fits(self, route: str | None) -> bool:
        """A product without routes fits all but the mouth; an oral product fits only the mouth."""
        if route is None:
            return self.routes != ("PO",)
        return route in self.routes if self.routes else route != "PO"


Candidate = Product


@dataclass(frozen=True, slots=True)
class Resolution:
    """What product a mention was.

    ``candidate`` is the code a line may stand on. It is None when nothing fits, or when only brand, suffix or NDC
    could tell (a biosimilar without suffix): then the gap ``ambiguous-drug`` is due and no line. ``ambiguous`` with a
    candidate means that the unbranded code was taken although other products exist under the same name.
    """

    drug: str
    candidates: tuple[Product, ...]  # what fits, the one taken first
    decided_by: DecidedBy
    ambiguous: bool
    candidate: Product | None
    ndc_conflict: bool = False  # the NDC belongs to another drug and was not used


class DrugDictionary:
    """Immutable; ``DrugDictionary.load()`` gives the shared one."""

    def __init__(self, drugs: Iterable[Drug], aliases: Iterable[Alias], products: Iterable[Product]) -> None:
        self._drugs = {drug.name: drug for drug in drugs}
        self._aliases = tuple(aliases)
        self._alias = {alias.text: alias for alias in self._aliases}
        self._products: dict[str, list[Product]] = {}
        self._families: dict[str, list[str]] = {}
        for drug in self._drugs.values():
            self._families.setdefault(drug.ingredient, []).append(drug.name)
        for product in products:
            self._products.setdefault(product.drug, []).append(product)
        self._speller: Speller | None = None

    @classmethod
    def load(cls) -> DrugDictionary:
        """The dictionary of the repository's newest edition, read once per process.

        Raises:
            BadTable: a row does not fit its layout.
        """
        return _load()

    def drugs(self) -> tuple[Drug, ...]:
        return tuple(self._drugs.values())

    def aliases(self) -> tuple[Alias, ...]:
        """Every way to write a drug, each text once."""
        return self._aliases

    def alias(self, text: str) -> Alias | None:
        """The alias of exactly this text, any case."""
        return self._alias.get(text.lower())

    def get(self, name: str) -> Drug | None:
        """The drug of that canonical name."""
        return self._drugs.get(name)

    def products(self, drug: str, on: date | None = None) -> tuple[Product, ...]:
        """Separately coded products of one drug valid on the date, the default first."""
        rows = [row for row in self._products.get(drug, ()) if row.is_valid(on)]
        return tuple(sorted(rows, key=lambda row: not row.is_default))

    def name_for(self, drug: str, route: str | None) -> str:
        """Canonical name once the route is known: subcutaneous daratumumab is ``daratumumab-hyaluronidase``."""
        record = self._drugs.get(drug)
        return record.sc_twin if record and record.sc_twin and route == "SC" else drug

    def correct(self, word: str) -> str | None:
        """The alias text a misspelt word (6 letters and more) must mean; None for ordinary words and on doubt."""
        if self._speller is None:
            self._speller = Speller.load(
                (alias.text, alias.drug)
                for alias in self._aliases
                if not alias.ambiguous and alias.kind not in ("misspelling", "regimen-short")
            )
        return self._speller.correct(word)

    def resolve(
        self,
        drug: str,
        written: str | None = None,
        route: str | None = None,
        on: date | None = None,
        ndc: str | None = None,
        ndc_hcpcs: str | None = None,
        dose: Decimal | None = None,
        unit: str | None = None,
    ) -> Resolution:
        """The product of one mention on the date of service.

        Args:
            drug: canonical name.
            written: the mention in the note's own words; brand and manufacturer are read from it.
            route: "IV", "SC", "IM", "PO", "intrathecal", ...; None when not charted.
            ndc: NDC as printed, only to tell "no NDC" from "NDC without crosswalk".
            ndc_hcpcs: the code that the crosswalk gives for it; it beats brand and manufacturer.
            dose: in ``unit``; chooses the bag of a fluid and between depots of one brand.
        """
        alias = self._alias.get((written or "").lower())
        name = self.name_for(_form(drug, written, self._drugs), route)
        record = self._drugs.get(name)
        if record is None:
            return Resolution(drug, (), "none", False, None)
        words = _pad(written or "")
        if alias and alias.product:
            words += _pad(alias.product).lstrip()
        family = [row for member in self._families[record.ingredient] for row in self.products(member, on)]

        conflict = False
        if ndc and ndc_hcpcs:
            named = tuple(row for row in family if row.code == ndc_hcpcs)
            if named:
                return Resolution(named[0].drug, named[:1], "ndc", False, named[0])
            conflict = True

        own = list(self.products(name, on))
        fitting = [row for row in family if row.fits(route)]
        if branded := _pinned(own, words, "brand") or _pinned(fitting, words, "brand"):
            return _settle(name, branded, route, dose, unit, "brand", conflict)
        similar = tuple(row for row in family if row.drug.startswith(f"{name}-") and row.drug != record.sc_twin)
        if similar and _BIOSIMILAR.search(words):
            return Resolution(name, similar, "none", True, None, conflict)
        if made := _pinned(own, words, "labeler"):
            return _settle(name, made, route, dose, unit, "labeler", conflict)
        taken = _settle(name, own, route, dose, unit, None, conflict)
        return replace(taken, candidates=taken.candidates + similar) if taken.ambiguous else taken


def _settle(
    name: str,
    rows: list[Product],
    route: str | None,
    dose: Decimal | None,
    unit: str | None,
    pinned_by: DecidedBy | None,
    conflict: bool,
) -> Resolution:
    """Narrow the rows by route, then by volume or labelled dose, then take the first (the default)."""
    fitting = [row for row in rows if row.fits(route)]
    if not fitting and route is None:
        fitting = rows  # an oral-only drug, the route not charted
    if not fitting:
        return Resolution(name, (), "none", False, None, conflict)
    routed = [row for row in fitting if route in row.routes]
    by_volume = _by_volume(fitting, dose, unit)
    by_dose = None if dose is None else next((row for row in fitting if _is_labelled(dose, unit, row)), None)
    decided_by: DecidedBy
    if by_volume:
        taken, decided_by = by_volume, "volume"
    elif by_dose:
        taken, decided_by = by_dose, "dose"
    elif routed and len(routed) < len(rows):
        taken, decided_by = routed[0], "route"
    else:
        taken, decided_by = fitting[0], "only" if len(fitting) == 1 else "default"
    ordered = (taken, *(row for row in fitting if row is not taken))
    return Resolution(
        drug=taken.drug,
        candidates=ordered if pinned_by is None else (taken,),
        decided_by=pinned_by or decided_by,
        ambiguous=pinned_by is None and taken.ambiguous,
        candidate=taken,
        ndc_conflict=conflict,
    )


def _form(drug: str, written: str | None, known: Container[str]) -> str:
    """The liposomal or albumin-bound form when the note's words say so: it is another drug with another code."""
    for pattern, prefix in _FORMS:
        if written and pattern.search(written.lower()) and f"{prefix}{drug}" in known:
            return f"{prefix}{drug}"
    return drug


def _pad(text: str) -> str:
    """Lower-case words between single blanks, blank at both ends, so that `` word `` finds whole words only."""
    plain = _PERIOD_AFTER_LETTER.sub("", text.lower().replace("'", "").replace("’", ""))
    return f" {' '.join(_WORD.findall(plain))} "


def _pinned(rows: list[Product], words: str, what: Literal["brand", "labeler"]) -> list[Product]:
    """Rows whose longest brand (or manufacturer) stands in the words; a longer name beats one inside it."""
    best = 0
    found: list[Product] = []
    for row in rows:
        pins = row.brands if what == "brand" else row.labelers
        length = max((len(pin) for pin in pins if _pad(pin) in words), default=0)
        if length > best:
            best, found = length, [row]
        elif length == best and length:
            found.append(row)
    return found


def _by_volume(rows: list[Product], dose: Decimal | None, unit: str | None) -> Product | None:
    """The bag for a volume: the largest that divides it, else the smallest that holds it, else the largest."""
    bags = sorted((row for row in rows if row.per_package_ml), key=lambda row: row.per_package_ml or 0)
    if len(bags) < 2 or dose is None or dose <= 0:
        return None
    if unit and unit.lower() not in ("ml", "l"):
        return None
    volume = dose * 1000 if unit and unit.lower() == "l" else dose
    exact = [row for row in bags if row.per_package_ml and volume % row.per_package_ml == 0]
    holding = [row for row in bags if row.per_package_ml and row.per_package_ml >= volume]
    return exact[-1] if exact else holding[0] if holding else bags[-1]


def _is_labelled(dose: Decimal, unit: str | None, row: Product) -> bool:
    return dose in row.doses and (unit is None or unit.lower() == row.unit.lower())


@lru_cache(maxsize=1)
def _load() -> DrugDictionary:
    drugs = [
        Drug(
            name=row["name"],
            ingredient=row["ingredient"],
            kind=row["kind"],
            category=row["category"],
            encounter=row["encounter"] or None,
            antineoplastic=row["antineoplastic"] == "1",
            hormonal=row["hormonal"] == "1",
            vesicant=row["vesicant"] == "1",
            supportive=row["supportive"] == "1",
            parenteral_only=row["parenteral_only"] == "1",
            routes=_split(row["routes"]),
            technique=_pairs(row["technique"]),
            dose_unit=row["dose_unit"] or None,
            container=row["container"] or None,
            sc_twin=row["sc_twin"] or None,
            notes=row["notes"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
        )
        for row in read_rows("drug")
    ]
    aliases = [
        Alias(
            text=row["text"],
            drug=row["drug"],
            brand=row["brand"] == "1",
            kind=row["kind"],
            ambiguous=row["ambiguous"] == "1",
            route=row["route"] or None,
            product=row["product"] or None,
        )
        for row in read_rows("alias")
    ]
    products = [
        Product(
            drug=row["drug"],
            code=row["hcpcs"],
            unit_amount=Decimal(row["unit_amount"]),
            unit=row["unit"],
            up_to=row["up_to"] == "1",
            routes=_split(row["routes"]),
            brands=_split(row["brand"]),
            labelers=_split(row["labeler"]),
            doses=tuple(Decimal(dose) for dose in _split(row["doses"])),
            container=row["container"] or None,
            strengths=_split(row["strengths"]),
            per_package_ml=Decimal(row["per_package_ml"]) if row["per_package_ml"] else None,
            is_default=row["is_default"] == "1",
            ambiguous=row["ambiguous"] == "1",
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
        )
        for row in read_rows("product")
    ]
    return DrugDictionary(drugs, aliases, products)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


def _pairs(cell: str) -> tuple[tuple[str, str], ...]:
    parts = (item.partition(":") for item in _split(cell))
    return tuple((route, technique) for route, _, technique in parts)


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None
