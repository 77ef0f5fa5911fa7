"""Records of the drug dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

DecidedBy = Literal["ndc", "brand", "labeler", "route", "dose", "volume", "default", "only", "none"]

# Codes without a drug of their own: the claim must carry name, dose, route and NDC.
NOT_OTHERWISE_CLASSIFIED = frozenset(
    ("J9999", "J3490", "J3590", "C9399", "J8999", "J8499", "J8597", "J7199", "J7599", "P9099")
)


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
        return self.code in NOT_OTHERWISE_CLASSIFIED

    @property
    def pins(self) -> tuple[str, ...]:
        """Words that say which product it was."""
        return self.brands + self.labelers

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
