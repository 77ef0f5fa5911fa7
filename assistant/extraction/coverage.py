"""Payer and authorization as the note states them. Silence says nothing; only a stated hole ("not on file") counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from assistant.extraction.drug import find_drugs
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("coverage")

_I = re.IGNORECASE
Found = tuple[str, object, int, int]

_PAYER_LABEL = _PATTERNS["payer_label"]
_PAYER_TAB = re.compile(
    r"^(?:payer|payor|insurance|ins|coverage|plan)\s*\t\s*(?P<name>[^\t\n]{3,48})", _I | re.MULTILINE
)
_MEDICARE = re.compile(r"\bmedicare\b|\bpart b\b|\bnoridian\b|\bpalmetto\b|\bNGS\b|\bnovitas\b|\bCGS\b|\bWPS\b", _I)
_MEDICAID = re.compile(r"\bmedicaid\b|\bmedi-cal\b", _I)
_COMMERCIAL = _PATTERNS["commercial"]
_SUPPLEMENT = re.compile(r"supplement|medigap|secondary", _I)
_SECOND = re.compile(r"secondary[\s:]{0,3}\Z", _I)
_PAYER_MISSING = _PATTERNS["payer_missing"]
AUTHORIZATION = _PATTERNS["authorization"]
_AUTH_MISSING = _PATTERNS["auth_missing"]
_NO_AUTH_FOUND = _PATTERNS["no_auth_found"]
_AUTH_NOT_REQUIRED = _PATTERNS["auth_not_required"]
_AUTH_NUMBER = _PATTERNS["auth_number"]
_HCPCS = re.compile(r"\b([JQ]\d{4})\b")
_NDC_FIELD = _PATTERNS["ndc_field"]
_NDC_REQUIRED = _PATTERNS["ndc_required"]


def read_coverage(text: str, dictionary: DrugDictionary) -> Iterator[Found]:
    """(attribute, value, start, end) of payer, payer kind, authorization and the payer's demands."""
    yield from _payer(text)
    yield from _authorization(text, dictionary)
    # Where the note has NDC fields of its own, a blank field is the hole, drug by drug.
    if (match := _NDC_REQUIRED.search(text)) and not _NDC_FIELD.search(text):
        yield "requires_ndc", True, match.start(), match.end()


def _payer(text: str) -> Iterator[Found]:
    if match := _PAYER_MISSING.search(text):
        yield "holes", ("missing-payer",), match.start(), match.end()
    named = _PAYER_LABEL.search(text) or _PAYER_TAB.search(text)
    if named:
        yield "payer", named["name"].strip(), named.start("name"), named.end("name")
    medicare = next((m for m in _MEDICARE.finditer(text) if not _SUPPLEMENT.match(text, m.end() + 1)), None)
    medicaid = next((m for m in _MEDICAID.finditer(text) if not _SECOND.search(text, 0, m.start())), None)
    if medicare and not (medicaid and medicaid.start() < medicare.start()):
        yield "payer_kind", "medicare", medicare.start(), medicare.end()
    elif medicaid:
        yield "payer_kind", "medicaid", medicaid.start(), medicaid.end()
    elif commercial := _COMMERCIAL.search(text):
        yield "payer_kind", "commercial", commercial.start(), commercial.end()
    elif named:
        yield "payer_kind", "commercial", named.start("name"), named.end("name")


def _authorization(text: str, dictionary: DrugDictionary) -> Iterator[Found]:
    """The first stated hole decides; a number alone is an authorization on file."""
    on_file: list[Found] = []
    for match in (*AUTHORIZATION.finditer(text), *_NO_AUTH_FOUND.finditer(text)):
        start, end = _clause(text, match.start(), match.end())
        words = text[match.start() : end]
        if _AUTH_NOT_REQUIRED.search(text[start:end]):
            on_file.append(("authorization", "not-required", match.start(), end))
            continue
        number = _AUTH_NUMBER.search(words)
        if number and _HCPCS.search(number.group()):
            number = None  # "PA for J9228 requested"
        missing = _AUTH_MISSING.search(words) or _NO_AUTH_FOUND.match(text, match.start())
        if missing and not (
            number and missing.start() > number.start() and re.match(r"pending|requested", missing.group(), _I)
        ):
            yield "authorization", "missing", match.start(), end
            yield from _about(text, start, end, dictionary)
            return
        if number:
            on_file.append(
                ("authorization_number", number[1], match.start() + number.start(1), match.start() + number.end(1))
            )
            on_file.append(("authorization", "on-file", match.start(), match.start() + number.end()))
    yield from on_file


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The words of the statement around an authorization: to the next semicolon, bar, sentence or line end."""
    left = max(text.rfind(mark, 0, start) for mark in ("\n", ";", "|", ". ")) + 1
    stops = [at for mark in ("\n", ";", "|", ". ", "   ") if (at := text.find(mark, end)) >= 0]
    return left, min(stops, default=len(text))


def _about(text: str, start: int, end: int, dictionary: DrugDictionary) -> Iterator[Found]:
    """The drug an authorization statement is about, by name or by its code."""
    for mention in find_drugs(text[start:end], dictionary):
        yield "authorization_drug", mention.drug, start + mention.start, start + mention.end
        return
    match = _HCPCS.search(text, start, end)
    drug = _drugs_by_code(dictionary).get(match[1]) if match else None
    if match and drug:
        yield "authorization_drug", drug, match.start(), match.end()


@lru_cache(maxsize=2)
def _drugs_by_code(dictionary: DrugDictionary) -> dict[str, str]:
    return {product.code: drug.name for drug in dictionary.drugs() for product in dictionary.products(drug.name)}
