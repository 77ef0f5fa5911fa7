"""What one run of the rules stands on: the facts, the setting, the day, the payer profile and the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from models.errors import BeforeFirstEdition
from models.fact import Facts
from models.note import Setting
from terminology.drug import Drug
from terminology.parameter import Rule
from terminology.profile import Profile
from terminology.store import Terminology


@dataclass(frozen=True, slots=True)
class Basis:
    """Inputs of the rules with their look-ups. ``on`` is the day of service, None for the newest tables."""

    facts: Facts
    setting: Setting
    on: date | None
    profile: Profile
    terminology: Terminology

    def value(self, name: str) -> Any:
        return self.terminology.parameters.value(name, self.on)

    def minutes(self, name: str) -> int:
        return int(self.value(name))

    def words(self, name: str) -> tuple[str, ...]:
        found: tuple[str, ...] = self.value(name)
        return found

    def code(self, family: str, role: str) -> str:
        """Code number of a role, as in ``code("chemo", "infusion")``."""
        families: Mapping[str, Mapping[str, str]] = self.value("administration/code")
        return families[family][role]

    def rule(self, rule_id: str) -> Rule:
        return self.terminology.parameters.rule(rule_id)

    def drug(self, name: str) -> Drug | None:
        return self.terminology.drugs.get(name)

    def has_word(self, text: str | None, name: str) -> bool:
        """Whether a word or phrase of the list parameter stands in the text, on word bounds, any case."""
        return bool(text) and any(match_word(word).search(text or "") for word in self.words(name))

    def status(self, code: str) -> str | None:
        """OPPS status indicator; None where the code is not listed or the table begins later."""
        return opps_status(self.terminology, code, self.on)


@lru_cache(maxsize=2048)
def match_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", re.IGNORECASE)


# What-if search codes the same facts again and again: the store's answers are kept for the process.


@lru_cache(maxsize=16384)
def opps_status(terminology: Terminology, code: str, on: date | None) -> str | None:
    try:
        return terminology.opps.status(code, on)
    except BeforeFirstEdition:
        return None


@lru_cache(maxsize=16384)
def pair_indicator(
    terminology: Terminology, column1: str, column2: str, setting: Setting, on: date | None
) -> int | None:
    """NCCI indicator of a pair; None also where the table begins after the day."""
    try:
        return terminology.ncci.indicator(column1, column2, setting, on)
    except BeforeFirstEdition:
        return None


@lru_cache(maxsize=16384)
def unit_limit(terminology: Terminology, code: str, setting: Setting, on: date | None) -> int | None:
    try:
        return terminology.mue.get(code, setting, on)
    except BeforeFirstEdition:
        return None


@lru_cache(maxsize=4096)
def ndc_code(terminology: Terminology, ndc: str, on: date | None) -> str | None:
    """HCPCS code that the crosswalk gives for an 11-digit NDC."""
    try:
        found = terminology.ndc.get(ndc, on)
    except BeforeFirstEdition:
        return None
    return found.hcpcs if found else None


@lru_cache(maxsize=16384)
def code_label(terminology: Terminology, system: str, code: str, on: date | None) -> str:
    """Our short label of a CPT number, the public description of a HCPCS code, else the code itself."""
    try:
        if system == "CPT":
            cpt = terminology.cpt.find(code, on)
            label = cpt.label if cpt else None
        else:
            hcpcs = terminology.hcpcs.find(code, on)
            label = (hcpcs.description or hcpcs.short_description) if hcpcs else None
    except BeforeFirstEdition:
        return code
    return label or code


def plain(amount: Decimal) -> str:
    """``12`` for 12.0 and ``0.25`` for 0.250."""
    return f"{amount.normalize():f}"
