"""Encounter codes that the words of a note state: treatment ("visit for immunotherapy", "C3 carboplatin") and
surveillance.

Where administrations are charted, those decide; a stated treatment encounter counts only in notes without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.extraction.context import context_of
from assistant.extraction.diagnosis_page import Page
from assistant.extraction.diagnosis_standing import drug_at, is_treatment_note
from models.fact import Diagnosis
from models.span import Evidence, Span
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_STATED = re.compile(
    r"\b(?:visit|encounter|here(?: today)?|admitted|presents|seen|scheduled)\W{1,2}(?:today\s)?for\W{1,2}"
    r"(?:\w{1,12}\W){0,3}?"
    r"(?:(?P<chemo>chemo(?:therapy)?)|(?P<immune>immunotherapy))\b",
    re.IGNORECASE,
)
_BEFORE_DRUG = re.compile(
    r"(?:\b(?:visit|here(?: today)?|admitted|presents|in(?: today)?) for\W{1,2}(?:\w{1,9}\W){0,3}"
    r"|(?:^|[.\n])\W{0,3}(?:c|cycle\s?#?)\d{1,2}(?:\s?d\d{1,2})?\W{1,3}(?:\w{1,9}/)?)$",
    re.IGNORECASE,
)
_AFTER_DRUG = re.compile(r"\W{1,3}(?:cycle\s?#?|c)\d{1,2}\b", re.IGNORECASE)
_PATTERNS = load_patterns("diagnosis")


def read_encounters(page: Page, found: Sequence[Diagnosis], drugs: DrugDictionary | None) -> list[Diagnosis]:
    """Z51.11, Z51.12 and Z08 as far as the words state them."""
    neoplasms = [item for item in found if item.code.startswith("C") and item.status == "active"]
    if neoplasms:
        return _treatment(page, drugs)
    history = [item for item in found if item.code.startswith("Z85") and item.status == "history"]
    match = _PATTERNS["surveillance"].search(page.text)
    if history and match and not is_treatment_note(page.text) and not any(item.treated for item in found):
        return [_encounter("Z08", [Span.cut(page.text, match.start(), match.end())], "surveillance")]
    return []


def _treatment(page: Page, drugs: DrugDictionary | None) -> list[Diagnosis]:
    if _PATTERNS["not_today"].search(page.text):
        return []
    spans: dict[str, list[Span]] = {}
    for match in _STATED.finditer(page.text):
        if context_of(page.text, match.start(), match.end()).affirmed:
            spans.setdefault("Z51.11" if match["chemo"] else "Z51.12", []).append(
                Span.cut(page.text, match.start(), match.end())
            )
    for index, token in enumerate(page.tokens):
        drug = drug_at(page, index, drugs)
        if drug is None or drug.encounter is None:
            continue
        before = page.text[max(0, token.start - 40) : token.start]
        if _BEFORE_DRUG.search(before) or _AFTER_DRUG.match(page.text, token.end):
            spans.setdefault(drug.encounter, []).append(Span.cut(page.text, token.start, token.end))
    return [_encounter(code, spans[code], "treatment") for code in sorted(spans)]


def _encounter(code: str, spans: Iterable[Span], about: str) -> Diagnosis:
    return Diagnosis(
        code=code,
        text=next(iter(spans)).quote,
        about=about,
        treated=True,
        evidence=(Evidence(attribute="code", spans=tuple(spans)),),
    )
