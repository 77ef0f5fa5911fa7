"""Reads pathology: histologic type, grade, side, margins and nodes of the tumour the note is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.extraction.clause import is_about_relative, is_conditional, is_earlier, is_over
from assistant.extraction.context import context_of
from assistant.extraction.grade import Grade, read_gleason, read_grade
from assistant.extraction.pathology_pattern import (
    ELSEWHERE,
    EXCLUDED,
    GUARDS,
    MARGINS,
    NODES,
    PathologyPatterns,
    compile_histology,
)
from assistant.extraction.side import read_side
from models.fact import Diagnosis, Pathology
from models.span import Evidence, Span
from terminology.histology import Histology, HistologyTable, load_histology
from terminology.pattern import load_patterns
from terminology.store import Terminology

_REPORT = re.compile(
    r"\b(?:(?:surgical|hemato|cyto)?pathology|hemepath|bone marrow|biopsy|cytology)\b[^\n]{0,40}\breport\b"
    r"|FINAL (?:PATHOLOGIC )?DIAGNOSIS",
    re.IGNORECASE,
)
_SURVEILLANCE = load_patterns("diagnosis")["surveillance_note"]
_EXCISED_LONG_AGO = re.compile(
    r"[^.;\n]{0,40}\b(?:excised|resected|removed|s/p\s\w+|treated)[\s,(]{1,2}(?:in\s)?(?:19|20)\d\d\b", re.IGNORECASE
)


_MENTIONS = 40  # a note names its tumour early; a text that repeats itself must not cost more


@dataclass(frozen=True)
class _Mention:
    kind: Histology
    span: Span
    abbreviated: bool


def read_pathology(
    text: str, on: date, terminology: Terminology, diagnoses: Sequence[Diagnosis] = ()
) -> tuple[Pathology, ...]:
    """One record for each type of solid tumour or lymphoma the note is about; blood cancers in reports only.

    ``diagnoses`` of the same note tell earlier cancers from today's and give a side the words do not.
    """
    table = load_histology(on)
    patterns = compile_histology(table)
    mentions = _of_today(text, _distinct(_mentions(text, patterns)), diagnoses)
    gleason = read_gleason(text)
    chosen = _choose(mentions, table)
    if not chosen:
        return (_gleason_alone(gleason),) if gleason else ()
    return tuple(
        _fact(text, on, terminology, group, mentions, patterns, gleason, diagnoses, alone=len(chosen) == 1)
        for group in chosen
    )


def _mentions(text: str, patterns: PathologyPatterns) -> list[_Mention]:
    report = bool(_REPORT.search(text))
    lower = text.lower()
    found: list[_Mention] = []
    for kind, words, forms in patterns.types:
        if (kind.group == "blood" and not report) or (words and not any(word in lower for word in words)):
            continue
        found += [_Mention(kind, Span.cut(text, *match.span()), False) for match in forms.finditer(text)]
    for match in patterns.abbreviation.finditer(text):
        kind = patterns.abbreviated[int((match.lastgroup or "a0")[1:])]
        if (kind.group != "blood" or report) and _is_meant(text, kind, match):
            found.append(_Mention(kind, Span.cut(text, *match.span()), True))
    return found


def _is_meant(text: str, kind: Histology, match: re.Match[str]) -> bool:
    """A short abbreviation with other meanings needs a word of its field near."""
    if not kind.needs or len(match[0]) > 3:
        return True
    around = text[max(0, match.start() - 90) : match.end() + 90]
    return bool(GUARDS[kind.needs].search(around)) and not ELSEWHERE.search(around)


def _distinct(mentions: list[_Mention]) -> list[_Mention]:
    """Of overlapping mentions the longest, in note order, the first ones of a long note."""
    kept: list[_Mention] = []
    for mention in sorted(mentions, key=lambda item: (item.span.start, -item.span.end)):
        if kept and mention.span.overlaps(kept[-1].span):
            if len(mention.span.quote) > len(kept[-1].span.quote):
                kept[-1] = mention
            continue
        if len(kept) == _MENTIONS:
            break
        kept.append(mention)
    return kept


def _of_today(text: str, mentions: list[_Mention], diagnoses: Sequence[Diagnosis]) -> list[_Mention]:
    """Without relatives, excluded and uncertain types; earlier cancers only where the visit is their surveillance."""
    current: list[_Mention] = []
    earlier: list[_Mention] = []
    for mention in mentions:
        start, end = mention.span.start, mention.span.end
        before = text[max(0, start - 40) : start]
        if is_about_relative(text, start) or is_conditional(text, start) or EXCLUDED.search(before):
            continue
        statuses = {item.status for item in diagnoses if any(span.overlaps(mention.span) for span in item.spans_of())}
        if statuses and "active" not in statuses and statuses & {"family", "negated", "suspected"}:
            continue
        context = context_of(text, start, end)
        if context.family or context.negated or (context.uncertain and "active" not in statuses):
            continue
        ended = any(category == "HISTORICAL" and cue >= end for category, cue, _ in context.cues)  # NED, years ago
        over = ended and is_over(text, start)
        past = over or is_earlier(text, start) or bool(_EXCISED_LONG_AGO.match(text, end))
        if statuses:
            past = "active" not in statuses and "history" in statuses
        (earlier if past else current).append(mention)
    if current:
        return current
    return earlier if _SURVEILLANCE.search(text) else []


def _choose(mentions: list[_Mention], table: HistologyTable) -> list[_Mention]:
    """The best wording of each type: full form before abbreviation, no type beside its subtype, no in situ part."""
    concepts = {mention.kind.concept for mention in mentions}
    general = {ancestor for concept in concepts for ancestor in table.ancestors(concept)}
    in_situ = {mention.kind.concept for mention in mentions if "in situ" in table.ancestors(mention.kind.concept)}
    if concepts - in_situ:
        general |= in_situ
    chosen: dict[str, _Mention] = {}
    for mention in mentions:
        concept = mention.kind.concept
        if concept in general:
            continue
        known = chosen.get(concept)
        if known is None or (known.abbreviated and not mention.abbreviated):
            chosen[concept] = mention
    return sorted(chosen.values(), key=lambda item: item.span.start)


def _fact(
    text: str,
    on: date,
    terminology: Terminology,
    chosen: _Mention,
    mentions: list[_Mention],
    patterns: PathologyPatterns,
    gleason: Grade | None,
    diagnoses: Sequence[Diagnosis],
    *,
    alone: bool,
) -> Pathology:
    same = [mention.span for mention in mentions if alone or mention.kind.concept == chosen.kind.concept]
    grade = gleason if gleason and _may_be_prostatic(chosen.kind) else read_grade(text, same)
    others = [mention.span for mention in mentions if mention.span not in same]
    side = read_side(text, same, others, chosen.kind, patterns, on, terminology, diagnoses)
    evidence = [Evidence(attribute="histology", spans=(chosen.span,))]
    if grade:
        evidence.append(Evidence(attribute="grade", spans=(grade.span,)))
    if side.span and side.laterality:
        evidence.append(Evidence(attribute="laterality", spans=(side.span,)))
    if side.site_span:
        evidence.append(Evidence(attribute="site", spans=(side.site_span,)))
    margins, nodes = _margins(text), _nodes(text)
    if margins:
        evidence.append(Evidence(attribute="margins", spans=(margins[1],)))
    if nodes:
        evidence.append(Evidence(attribute="nodes", spans=(nodes[2],)))
    return Pathology.model_validate(
        {
            "site": side.site or chosen.kind.site,
            "laterality": side.laterality,
            "histology": " ".join(chosen.span.quote.lower().split()),
            "grade": grade.value if grade else None,
            "margins": margins[0] if margins else None,
            "nodes_positive": nodes[0] if nodes else None,
            "nodes_examined": nodes[1] if nodes else None,
            "evidence": tuple(evidence),
        }
    )


def _may_be_prostatic(kind: Histology) -> bool:
    return kind.concept in ("adenocarcinoma", "acinar adenocarcinoma", "ductal adenocarcinoma")


def _gleason_alone(gleason: Grade) -> Pathology:
    return Pathology(
        site="prostate", grade=gleason.value, evidence=(Evidence(attribute="grade", spans=(gleason.span,)),)
    )


def _margins(text: str) -> tuple[str, Span] | None:
    for result, pattern in MARGINS:
        for match in pattern.finditer(text):
            if "DCIS" not in text[max(0, match.start() - 12) : match.end()]:
                return result, Span.cut(text, *match.span())
    return None


def _nodes(text: str) -> tuple[int, int, Span] | None:
    for match in NODES.finditer(text):
        positive, examined = (
            match["positive"] or match["positive_behind"],
            match["examined"] or match["examined_behind"],
        )
        if int(examined) > 0 and int(positive) <= int(examined):
            return int(positive), int(examined), Span.cut(text, *match.span())
    return None
