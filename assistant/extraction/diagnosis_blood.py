"""Leukaemia, lymphoma and myeloma: the last character of the code says the site or the remission."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.extraction.diagnosis_page import STATING_SECTIONS, Line, Page, entries_of, site_of, word_of, words_in
from terminology.diagnosis import Condition, Hit, Site, load_status_codes

GROUPS = frozenset({"leukemia", "lymphoma", "myeloma", "myeloid"})
# Personal and family history by group (Z85.6-, Z85.7-, Z80.6, Z80.7).
HISTORY = {group: code for (group, _), code in load_status_codes("history").items()}
FAMILY = {group: code for (group, _), code in load_status_codes("family").items()}
_NODE_CHARACTER = {region: character for (region, _), character in load_status_codes("lymphoma nodes").items()}
_EXTRANODAL = re.compile(r"\bextra-?nodal\b", re.IGNORECASE)
_BIOPSY = re.compile(r"\b(?:bx|biops(?:y|ied)|FNA|excision(?:al)?|resection)\b", re.IGNORECASE)
_NODE_LINE = re.compile(
    r"\b(?:nodes?|nodal|LNs?|adenopathy|lymphadenopathy|LAD|involv\w{2,6}|sites?|above and below|both sides)\b",
    re.IGNORECASE,
)
_UNNODED = frozenset({"lymph node", "skin", "lung", "breast"})


@dataclass(frozen=True, slots=True)
class Remission:
    """ "0" not achieved, "1" in remission, "2" in relapse, "" a response short of remission."""

    character: str
    hit: Hit


def read_remission(page: Page, statements: list[tuple[Line, Hit]]) -> Remission | None:
    """The state of the disease: in the sentence of a statement first, then where the diagnosis is labelled."""
    for line, hit in statements:
        found = _nearest(page, line, hit)
        if found:
            return found
    stating = [line for line in page.lines if page.context(line.hits[0]).section in STATING_SECTIONS]
    for line in (*stating, *page.lines):
        found = _nearest(page, line, line.hits[0])
        if found:
            return found
    return None


def _nearest(page: Page, line: Line, hit: Hit) -> Remission | None:
    found = []
    for other, word in words_in(line.hits, "remission"):
        context = page.context(other)
        if context.hypothetical or context.family or context.uncertain:
            continue
        value = "0" if context.negated and word.value == "1" else word.value
        if context.negated and word.value != "1":
            continue
        found.append((word.value == "", abs(other.first - hit.first), Remission(value, other)))
    later = [item for item in found if re.match(r"CR\d|second", page.text[item[2].hit.start : item[2].hit.end])]
    return min(later or found, key=lambda item: item[:2])[2] if found else None


def read_lymphoma_site(page: Page, statements: list[tuple[Line, Hit]]) -> tuple[str, list[Hit]]:
    """The site character ("0" where no site is stated) and the words that decide it."""
    regions: dict[str, Hit] = {}
    organ: Hit | None = None
    spleen: Hit | None = None
    near = {line.sentence for line, _ in statements}
    for line in page.lines:
        quote = page.quote(line)
        stated = (
            line.sentence in near
            or (page.context(line.hits[0]).section in STATING_SECTIONS)
            or bool(_NODE_LINE.search(quote))
        )
        if not stated:
            continue
        for hit in line.hits:
            node = next(
                (site for site in entries_of(hit, Site) if site.organ == "lymph node" and site.alone == "1"), None
            )
            if (
                node
                and node.subsite in _NODE_CHARACTER
                and not _is_specimen(page, line, hit)
                and page.context(hit).affirmed
            ):
                regions.setdefault(node.subsite, hit)
            elif line.sentence in near and site_of(hit, organ="mediastinum") and page.context(hit).affirmed:
                regions.setdefault("intrathoracic", hit)
            elif line.sentence in near and site_of(hit, organ="spleen") and page.context(hit).affirmed:
                spleen = spleen or hit
            elif line.sentence in near and _organ_beside(page, line, hit):
                organ = organ or hit
    extranodal = next((line for line, _ in statements if _EXTRANODAL.search(page.quote(line))), None)
    if "multiple" in regions or len(regions) > 1:
        return "8", list(regions.values())
    if organ or extranodal:
        return "9", [organ] if organ else [extranodal.hits[0]] if extranodal else []
    if regions:
        name, hit = next(iter(regions.items()))
        return _NODE_CHARACTER[name], [hit]
    marrow = any(
        site_of(hit, organ="bone marrow") or page.text[hit.start : hit.end] == "BM"
        for line, _ in statements
        for hit in line.hits
    )
    return ("7", [spleen]) if spleen and not marrow else ("0", [])


def _is_specimen(page: Page, line: Line, hit: Hit) -> bool:
    before = page.text[max(line.sentence.start, hit.start - 26) : hit.start]
    after = page.text[hit.end : hit.end + 14]
    return bool(_BIOPSY.search(before) or _BIOPSY.search(after))


def _organ_beside(page: Page, line: Line, hit: Hit) -> Site | None:
    """An organ directly before the lymphoma word, or behind it with "of" ("gastric DLBCL", "lymphoma of the
    stomach").
    """
    site = next(
        (
            site
            for site in entries_of(hit, Site)
            if site.alone == "1" and site.organ not in _UNNODED | {"bone marrow", "mediastinum"}
        ),
        None,
    )
    if site is None:
        return None
    for other in line.hits:
        if not any(condition.group == "lymphoma" for condition in entries_of(other, Condition)):
            continue
        if other.first - hit.last == 1 or (
            0 < hit.first - other.last <= 3 and re.match(r"\s(?:of|in)\s(?:the\s)?", page.text[other.end : hit.start])
        ):
            return site
    return None


def has_remission_word(line: Line) -> bool:
    return any(word_of(hit, "remission") for hit in line.hits)
