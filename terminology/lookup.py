"""One look-up over everything: a code in any system, an NDC in any layout, a drug, or words.

The system is never guessed from the shape of a code: every system that holds it answers ("26" is a modifier and a place
of service), and a code that had ended or not begun answers with ``valid`` false and its dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from models.code import CptCode, DiagnosisCode, HcpcsCode, Match, Ndc, Why
from models.errors import BeforeFirstEdition
from models.record import plain_number

if TYPE_CHECKING:
    from terminology.store import Terminology

Search = Callable[["Terminology", str, date | None, int], Iterator[Match]]


def lookup(terminology: Terminology, query: str, on: date | None, limit: int = 10) -> tuple[Match, ...]:
    """What ``query`` means on a day, at most ``limit`` matches a system; empty when nothing does.

    Codes and NDCs come first and alone; only a query that is neither is searched as a drug and as words.
    Raises ``BeforeFirstEdition`` when nothing was found and a system's tables begin after the day.
    """
    early: list[BeforeFirstEdition] = []

    def ask(*searches: Search) -> tuple[Match, ...]:
        found: dict[tuple[str, str], Match] = {}
        for search in searches:
            try:
                for match in search(terminology, query.strip(), on, limit):
                    found.setdefault((match.system, match.code), match)
            except BeforeFirstEdition as error:
                early.append(error)
        return tuple(found.values())

    matches = ask(_diagnosis, _hcpcs, _cpt, _modifier, _place_of_service, _ndc)
    matches = matches or ask(_drug, _diagnosis_words, _hcpcs_words, _cpt_words)
    if early and not matches:
        raise early[0]
    return matches


def _diagnosis(terminology: Terminology, query: str, on: date | None, _limit: int) -> Iterator[Match]:
    if found := terminology.icd10cm.find(query, on):
        yield _of_diagnosis(terminology, found, on, "code")


def _hcpcs(terminology: Terminology, query: str, on: date | None, _limit: int) -> Iterator[Match]:
    valid = terminology.hcpcs.find(query, on)
    for code in (valid,) if valid else terminology.hcpcs.history(query):
        yield _of_hcpcs(code, code == valid, "code")


def _cpt(terminology: Terminology, query: str, on: date | None, _limit: int) -> Iterator[Match]:
    valid = terminology.cpt.find(query, on)
    for code in (valid,) if valid else terminology.cpt.history(query):
        yield _of_cpt(code, code == valid, "code")


def _modifier(terminology: Terminology, query: str, on: date | None, _limit: int) -> Iterator[Match]:
    if found := terminology.modifiers.find(query, on):
        yield Match(
            system="modifier",
            code=found.code,
            text=found.label,
            valid=True,
            valid_from=found.valid_from,
            valid_to=found.valid_to,
            detail=f"{found.system} modifier",
            why="code",
        )


def _place_of_service(terminology: Terminology, query: str, on: date | None, _limit: int) -> Iterator[Match]:
    if found := terminology.places_of_service.find(query, on):
        rate = "facility rate" if found.facility_rate else "non-facility rate"
        detail = "" if found.facility_rate is None else rate
        yield Match(system="place of service", code=found.code, text=found.name, valid=True, detail=detail, why="code")


def _ndc(terminology: Terminology, query: str, on: date | None, _limit: int) -> Iterator[Match]:
    ndc11 = terminology.ndc.normalise(query)
    package = terminology.ndc.get(ndc11, on) if ndc11 else None
    if package is None:
        return
    yield Match(
        system="NDC",
        code=package.ndc11,
        text=f"{package.drug_name}, {package.labeler}",
        valid=True,
        detail=_describe_package(package),
        why="ndc",
    )
    for code in (package.hcpcs, *package.alternatives):
        if found := terminology.hcpcs.find(code, on):
            yield _of_hcpcs(found, True, "ndc")


def _drug(terminology: Terminology, query: str, on: date | None, limit: int) -> Iterator[Match]:
    alias = terminology.drugs.alias(query)
    if alias is None:
        return
    drug = terminology.drugs.get(alias.drug)
    detail = drug.category or "" if drug else ""
    yield Match(system="drug", code=alias.drug, text=alias.drug, valid=True, detail=detail, why="drug")
    codes = dict.fromkeys(product.code for product in terminology.drugs.products(alias.drug, on))
    for code in list(codes)[:limit]:
        if found := terminology.hcpcs.find(code, on):
            yield _of_hcpcs(found, True, "drug")


def _diagnosis_words(terminology: Terminology, query: str, on: date | None, limit: int) -> Iterator[Match]:
    for found in terminology.icd10cm.search(query, on, limit):
        yield _of_diagnosis(terminology, found, on, "words")


def _hcpcs_words(terminology: Terminology, query: str, on: date | None, limit: int) -> Iterator[Match]:
    for found in terminology.hcpcs.search(query, on, limit):
        yield _of_hcpcs(found, True, "words")


def _cpt_words(terminology: Terminology, query: str, on: date | None, limit: int) -> Iterator[Match]:
    for found in terminology.cpt.search(query, on, limit):
        yield _of_cpt(found, True, "words")


def _of_diagnosis(terminology: Terminology, code: DiagnosisCode, on: date | None, why: Why) -> Match:
    edition, outdated = terminology.icd10cm.edition_for(on)
    details = [] if code.billable else ["category: more characters needed"]
    if outdated:
        details.append(f"newest edition on hand is {edition.edition}")
    return Match(
        system="ICD-10-CM",
        code=code.code,
        text=code.description,
        valid=True,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
        detail="; ".join(details),
        why=why,
    )


def _of_hcpcs(code: HcpcsCode, valid: bool, why: Why) -> Match:
    unit = ""
    if code.unit_amount is not None:
        unit = f"{'up to ' if code.up_to else ''}{plain_number(code.unit_amount)} {code.unit} a unit"
    successor = f"replaced by {code.successor}" if code.successor and not valid else ""
    return Match(
        system="HCPCS",
        code=code.code,
        text=code.description,
        valid=valid,
        valid_from=code.valid_from,
        valid_to=code.valid_to,
        detail="; ".join(part for part in (unit, successor) if part),
        why=why,
    )


def _of_cpt(code: CptCode, valid: bool, why: Why) -> Match:
    return Match(
        system="CPT",
        code=code.code,
        text=code.label or "(no label of our own)",
        valid=valid,
        valid_from=code.valid_from,
        valid_to=code.valid_to,
        detail=code.family,
        why=why,
    )


def _describe_package(package: Ndc) -> str:
    units = plain_number(package.units_per_package)
    also = f", also {', '.join(package.alternatives)}" if package.alternatives else ""
    return f"{package.hcpcs}{also}; {units} units a package; crosswalk {package.edition}"
