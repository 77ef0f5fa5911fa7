"""Reads on which side and at which site a tumour lies, apart from sides of ports, veins, injections and metastases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from assistant.extraction.clause import is_about_relative
from assistant.extraction.context import sentence_at
from assistant.extraction.pathology_pattern import (
    ACCESS,
    LABELLED_SIDE,
    LOBE,
    METASTASIS_BEFORE,
    METASTASIS_BEHIND,
    SIDE,
    SPREAD,
    PathologyPatterns,
)
from models.errors import TerminologyError
from models.fact import Diagnosis
from models.span import Span
from terminology.histology import Histology, Site
from terminology.store import Terminology

Laterality = Literal["left", "right", "bilateral"]

_REACH = 28  # characters between a side and the site word it belongs to
_NODE = re.compile(r"^[\s,.)]{0,3}(?:\w+\s){0,2}?(?:LNs?\b|lymph|nodes?\b|neck|groin|axill)", re.IGNORECASE)
_SECONDARY = ("C77", "C78", "C79")


@dataclass(frozen=True)
class Side:
    laterality: Laterality | None = None
    span: Span | None = None
    site: str | None = None
    site_span: Span | None = None


@dataclass(frozen=True)
class _Sided:
    laterality: Laterality
    span: Span
    site: Site | None
    site_span: Span | None


def read_side(
    text: str,
    types: Sequence[Span],
    others: Sequence[Span],
    kind: Histology,
    patterns: PathologyPatterns,
    on: date,
    terminology: Terminology | None,
    diagnoses: Sequence[Diagnosis],
) -> Side:
    """Side and site of the tumour: from the sentence that names the type, else from the organ anywhere in the note,
    else from the description of an active primary's code. Contradicting sides give none."""
    site, site_span = _site(text, types, others, patterns)
    nearest: list[_Sided] = []
    for span in types:
        sentence = sentence_at(text, span.start)
        low, high = max(sentence.start, span.start - 200), min(sentence.end, span.end + 200)
        sides = [
            item for item in _sides(text, low, high, kind, patterns, span) if not _is_nearer(item.span, others, span)
        ]
        nearest += sorted(sides, key=lambda item: _distance(item.span, span))[:1]
    if nearest:
        return _resolved(nearest, site, site_span)
    organ = site or kind.site
    elsewhere = [item for item in _sides(text, 0, len(text), kind, patterns) if item.site and item.site.site == organ]
    if elsewhere:
        return _resolved(elsewhere, site, site_span)
    if labelled := LABELLED_SIDE.search(text):
        said: Laterality = (
            "left" if labelled["side"][0] in "lL" else "right" if labelled["side"][0] in "rR" else "bilateral"
        )
        return Side(said, Span.cut(text, *labelled.span("side")), site, site_span)
    laterality, span_of_code = _from_codes(on, terminology, diagnoses)
    return Side(laterality, span_of_code, site, site_span)


def _is_nearer(side: Span, others: Sequence[Span], this: Span) -> bool:
    """Another type of the note stands nearer to the side."""
    return any(_distance(side, other) < _distance(side, this) for other in others)


def _resolved(found: list[_Sided], site: str | None, site_span: Span | None) -> Side:
    first = found[0]
    same_site = {item.laterality for item in found if item.site and first.site and item.site.site == first.site.site}
    contradicted = {"left", "right"} <= same_site
    named = first.site.site if first.site and first.site.site else site
    return Side(None if contradicted else first.laterality, first.span, named, first.site_span or site_span)


def _site(
    text: str, types: Sequence[Span], others: Sequence[Span], patterns: PathologyPatterns
) -> tuple[str | None, Span | None]:
    """The site word nearest to a type within its sentence, unless another type stands nearer to it."""
    best: tuple[int, str, Span] | None = None
    for span in types:
        sentence = sentence_at(text, span.start)
        for match in patterns.site.finditer(
            text, max(sentence.start, span.start - 120), min(sentence.end, span.end + 120)
        ):
            if METASTASIS_BEHIND.match(text, match.end()) or METASTASIS_BEFORE.search(
                text[max(0, match.start() - 40) : match.start()]
            ):
                continue
            site = patterns.sites[" ".join(match[0].lower().split())]
            near = Span.cut(text, *match.span())
            distance = _distance(near, span)
            if site.site and (best is None or distance < best[0]) and not _is_nearer(near, others, span):
                best = distance, site.site, near
        if best:
            return best[1], best[2]
    return None, None


def _sides(
    text: str, low: int, high: int, kind: Histology, patterns: PathologyPatterns, beside: Span | None = None
) -> Iterator[_Sided]:
    """Sides that belong to a site word, to a node of a lymphoma, or stand bare right behind the type ``beside``."""
    lung = next((site for site in patterns.sites.values() if site.site == "lung"), None)
    for match in LOBE.finditer(text, low, high):
        if kind.group in ("carcinoma", "mesothelioma", "neuroendocrine") and not SPREAD.match(
            text[match.end() : match.end() + 45]
        ):
            span = Span.cut(text, *match.span())
            yield _Sided("right" if match["right"] else "left", span, lung, span)
    for match in SIDE.finditer(text, low, high):
        laterality: Laterality = "bilateral" if match["bilateral"] else "left" if match["left"] else "right"
        following = text[match.end() : match.end() + 45].split("\n")[0]
        if ACCESS.match(following) or is_about_relative(text, match.start()):
            continue
        if kind.group != "lymphoma" and (
            SPREAD.match(following) or METASTASIS_BEFORE.search(text[max(low, match.start() - 30) : match.start()])
        ):
            continue
        span = Span.cut(text, *match.span())
        behind = patterns.site.search(text, match.end(), min(high, match.end() + _REACH))
        before = list(patterns.site.finditer(text, max(low, match.start() - 14), match.start()))
        if behind and re.fullmatch(r"[\s,.)(]{0,3}(?:[\w-]{1,24}[\s,]{1,2}){0,3}", text[match.end() : behind.start()]):
            place = behind
        elif before and re.fullmatch(r"[\s,:(]{1,3}", text[before[-1].end() : match.start()]):
            place = before[-1]
        elif (kind.group == "lymphoma" and _is_only_node(text, match, following)) or (
            beside and _is_bare_behind(text, beside, match)
        ):
            yield _Sided(laterality, span, None, None)
            continue
        else:
            continue
        site = patterns.sites[" ".join(place[0].lower().split())]
        if site.paired:
            yield _Sided(laterality, span, site, Span.cut(text, *place.span()))


def _is_only_node(text: str, match: re.Match[str], following: str) -> bool:
    """The side of a node says where a lymphoma is only where it stands in no list of nodes."""
    listed = re.search(r"\w\s?[+&,/]\s?$|\w\sand\s$", text[max(0, match.start() - 5) : match.start()])
    return bool(_NODE.match(following)) and not listed


def _is_bare_behind(text: str, beside: Span, match: re.Match[str]) -> bool:
    """``SCC tonsil (R)``, ``mesothelioma, R,``: nothing but a separator before, and a separator or the end behind."""
    before = text[beside.end : match.start()]
    return bool(
        re.fullmatch(r"[\s,(-]{1,3}", before) and re.match(r"\s?(?:[,;.)]|$)", text[match.end() : match.end() + 2])
    )


def _distance(one: Span, other: Span) -> int:
    return one.start - other.end if one.start >= other.end else max(0, other.start - one.end)


def _from_codes(
    on: date, terminology: Terminology | None, diagnoses: Sequence[Diagnosis]
) -> tuple[Laterality | None, Span | None]:
    sides: dict[Laterality, Span | None] = {}
    for item in diagnoses:
        if (
            item.status != "active"
            or not item.code.startswith(("C", "D0"))
            or item.code.startswith(_SECONDARY)
            or terminology is None
        ):
            continue
        try:
            words = terminology.icd10cm.get(item.code, on).description.lower().split()
        except TerminologyError:
            continue
        for laterality in ("left", "right", "bilateral"):
            if laterality in words:
                sides[laterality] = next(iter(item.spans_of()), None)
    if len(sides) != 1:
        return None, None
    return next(iter(sides.items()))
