"""Reads a tumour's grade: Gleason sums, numbered grades, differentiation. Toxicity grades are never a tumour's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.extraction.clause import clause_end, clause_start, is_about_relative
from assistant.extraction.pathology_pattern import (
    DIFFERENTIATION,
    GLEASON,
    GLEASON_SUM,
    GRADE_GROUP,
    LABELLED_GRADE,
    NEAR_GRADE,
    STATED_GRADE,
    TOXICITY_BEFORE,
    TOXICITY_BEHIND,
    WORD_GRADE,
)
from models.span import Span

_NEAR = 60  # characters between a histologic type and a bare "grade 2" that belongs to it
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_DIFFERENTIATION = {"mod": "moderately", "moderate": "moderately", "poor": "poorly"}


@dataclass(frozen=True)
class Grade:
    value: str
    span: Span


def read_gleason(text: str) -> Grade | None:
    """The highest Gleason score as ``4+3=7``, else a sum without its parts, else a grade group."""
    scores = []
    for score in GLEASON.finditer(text):
        first = int(score["first"] or score["bare_first"])
        second = int(score["second"] or score["bare_second"])
        if not is_about_relative(text, score.start()):
            scores.append(((first + second, first), f"{first}+{second}={first + second}", score.span()))
    if scores:
        best = max(scores, key=lambda item: item[0])
        return Grade(best[1], Span.cut(text, *best[2]))
    if match := GLEASON_SUM.search(text):
        return Grade(match["sum"], Span.cut(text, *match.span()))
    if re.search(r"prostat", text, re.IGNORECASE) and (match := GRADE_GROUP.search(text)):
        return Grade(match["grade"], Span.cut(text, *match.span()))
    return None


def read_grade(text: str, types: Sequence[Span]) -> Grade | None:
    """The grade stated for one of the ``types``: a named grading first, then a number beside the type, then words."""
    for span in types:
        low, high = clause_start(text, span.start), clause_end(text, span.end)
        for match in NEAR_GRADE.finditer(text, low, high):
            gap = span.start - match.end() if match.end() <= span.start else match.start() - span.end
            if 0 <= gap <= _NEAR and not _is_toxicity(text, match):
                return Grade(_number(match["grade"] or match["short"]), Span.cut(text, *match.span()))
    for match in (*STATED_GRADE.finditer(text), *LABELLED_GRADE.finditer(text)):
        if not _is_toxicity(text, match) and not is_about_relative(text, match.start()):
            return Grade(_number(match["grade"]), Span.cut(text, *match.span()))
    for span in types:
        low, high = clause_start(text, span.start), clause_end(text, span.end)
        for match in DIFFERENTIATION.finditer(text, max(low, span.start - _NEAR), min(high, span.end + _NEAR)):
            if match.end() <= span.start or match.start() >= span.end:
                return Grade(_differentiation(match["words"]), Span.cut(text, *match.span()))
        for match in WORD_GRADE.finditer(text, max(low, span.start - 25), min(high, span.end + 25)):
            if match.end() <= span.start or match.start() >= span.end:
                return Grade((match["grade"] or match["after"]).lower(), Span.cut(text, *match.span()))
    return None


def _is_toxicity(text: str, match: re.Match[str]) -> bool:
    before = text[max(clause_start(text, match.start()), match.start() - 45) : match.start()]
    return bool(TOXICITY_BEHIND.match(text, match.end()) or TOXICITY_BEFORE.search(before))


def _number(written: str) -> str:
    value = re.sub(r"\s", "", written).upper().replace("–", "-").replace("/", "-")
    return _ROMAN.get(value, value)


def _differentiation(words: str) -> str:
    parts = re.split(r"\s?(?:\bto\b|-|/)\s?", words.lower())
    full = [_DIFFERENTIATION.get(part.rstrip("."), part) for part in parts]
    return f"{' to '.join(full)} differentiated"
