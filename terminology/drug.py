"""The drug dictionary: every way to write a drug, and the product code that was due on a date.

Records come from ``terminology/data/drug/2026`` (see SOURCE.md there). Names follow our naming convention: lower-case
ingredient, four-letter suffix for biosimilars only, co-formulations joined by hyphens with hyaluronidase last.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from terminology.drug_record import Alias, Candidate, DecidedBy, Drug, Product, Resolution
from terminology.drug_spelling import Speller
from terminology.drug_table import read_aliases, read_drugs, read_products

__all__ = ["Alias", "Candidate", "DecidedBy", "Drug", "DrugDictionary", "Product", "Resolution"]

_WORD = re.compile(r"[a-z0-9%.]+")
_BIOSIMILAR = re.compile(r"\bbio-?\s?sim(?:ilars?)?\b")
_FORMS = (
    (re.compile(r"\bliposom|\bpegylated lipo"), "liposomal "),
    (re.compile(r"\b(?:protein|albumin)[- ]bound|\bnab-?\b"), "nab-"),
)
_PERIOD_AFTER_LETTER = re.compile(r"(?<=[a-z])\.")


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

    def name_for(self, drug: str, route: str | None, written: str | None = None) -> str:
        """Canonical name once route and wording are known.

        Subcutaneous daratumumab is ``daratumumab-hyaluronidase``, "doxorubicin liposomal" is ``liposomal doxorubicin``,
        "Emend" in the vein is ``fosaprepitant``, "trastuzumab (Kanjinti)" is ``trastuzumab-anns``.
        """
        name = _form(drug, written, self._drugs)
        record = self._drugs.get(name)
        if record is None:
            return drug
        if record.sc_twin and route == "SC":
            return record.sc_twin
        words = _pad(written or "")
        named = {
            row.drug
            for member in self._families[record.ingredient]
            for row in self._products.get(member, ())
            if row.fits(route) and any(_pad(brand) in words for brand in row.brands)
        }
        # "Kanjinti (Herceptin biosimilar)": the reference brand says less than that of a biosimilar or another form.
        named.discard(record.ingredient)
        return named.pop() if len(named) == 1 else name

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
        name = self.name_for(drug, route, written)
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
        if branded := _pinned([row for row in own if row.fits(route)], words, "brand") or _pinned(own, words, "brand"):
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
    # Where a product is billed by mass or by volume, the row that the dose can be divided by.
    fitting = [row for row in fitting if _measures(row.unit) == _measures(unit)] or fitting
    # Without a brand only the default, or a code that names no brand, may be taken.
    unnamed = fitting if pinned_by or len(fitting) == 1 else [row for row in fitting if row.is_default or not row.pins]
    routed = [row for row in unnamed if route in row.routes]
    by_volume = _by_volume(fitting, dose, unit)
    by_dose = None if dose is None else next((row for row in fitting if _is_labelled(dose, unit, row)), None)
    taken = by_volume or by_dose or next(iter(routed or unnamed), None)
    if taken is None:
        return Resolution(name, tuple(fitting), "none", True, None, conflict)
    decided_by: DecidedBy
    if pinned_by:
        decided_by = pinned_by
    elif by_volume:
        decided_by = "volume"
    elif by_dose:
        decided_by = "dose"
    elif routed and (not all(row.fits(route) for row in rows) or taken is not fitting[0]):
        decided_by = "route"
    else:
        decided_by = "only" if len(fitting) == 1 else "default"
    return Resolution(
        drug=taken.drug,
        candidates=(taken,) if pinned_by else (taken, *(row for row in fitting if row is not taken)),
        decided_by=decided_by,
        ambiguous=pinned_by is None and taken.ambiguous,
        candidate=taken,
        ndc_conflict=conflict,
    )


def _measures(unit: str | None) -> str | None:
    """What a unit measures: "mass", "volume", or itself."""
    return {"g": "mass", "mg": "mass", "mcg": "mass", "ml": "volume", "l": "volume"}.get((unit or "").lower(), unit)


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
    return DrugDictionary(read_drugs(), read_aliases(), read_products())
