"""Reads genomic tests: which test, and how far it has come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from assistant.extraction.biomarker import MarkerFinding, read_findings
from assistant.extraction.biomarker_result import MOLECULAR_KINDS
from assistant.extraction.clause import clause_end, clause_start, is_about_relative
from assistant.extraction.genomic_pattern import (
    FORMULA,
    GUARDS,
    IN_HOUSE,
    MOLECULAR,
    PANEL,
    REPORT,
    SCORE,
    GenomicPatterns,
    compile_genomic_tests,
)
from models.fact import GenomicTest
from models.span import Evidence, Span
from terminology.genomic import GenomicTable, load_genomic_tests
from terminology.store import Terminology

_REACH = 110
_RANK = {"discussed": 0, "failed": 1, "ordered": 2, "pending": 3, "resulted": 4}
_GENES = re.compile(r"\s?\((?P<genes>(?:[A-Z][A-Z0-9]{1,7}(?:,\s?|\s?/\s?)){1,30}[A-Z][A-Z0-9]{1,7})\)")


@dataclass(frozen=True)
class _Mention:
    name: str
    span: Span
    code: str | None
    genes: tuple[str, ...] = ()


def read_genomic_tests(text: str, on: date, _terminology: Terminology) -> tuple[GenomicTest, ...]:
    """Tests named in the note with their status, one record a test; a bare "NGS" or "molecular" is none."""
    table = load_genomic_tests(on)
    patterns = compile_genomic_tests(table)
    markers = read_findings(text, on)
    mentions = sorted((*_named(text, patterns), *_panels(text)), key=lambda item: item.span.start)
    found = [test for test in (_read(text, at, mentions, patterns, markers) for at in range(len(mentions))) if test]
    found += _one_analyte(text, markers, table)
    return _merged(found)


def _named(text: str, patterns: GenomicPatterns) -> Iterator[_Mention]:
    end = 0
    matches = [(test, match) for test, pattern in patterns.tests for match in pattern.finditer(text)]
    for test, match in sorted(matches, key=lambda item: (item[1].start(), -item[1].end())):
        span = Span.cut(text, *match.span())
        near = text[max(0, span.start - 200) : span.end + 200]
        if span.start < end or (test.needs and not GUARDS[test.needs].search(near)):
            continue
        end = span.end
        yield _Mention(test.name, span, test.code, test.genes)


def _panels(text: str) -> Iterator[_Mention]:
    """Panels in the document's own words; a printed title beats a plain description in the same statement."""
    matches = list(PANEL.finditer(text))
    for match in matches:
        start, end = clause_start(text, match.start()), clause_end(text, match.end())
        titled = [other for other in matches if start <= other.start() < end and other["name"][-5] == "P"]
        if titled and match not in titled:
            continue
        behind = _GENES.match(text, match.end())
        before = _GENES.search(text, max(start, match.start() - 160), match.start())
        listed = (behind or before) and re.split(r"[,/]\s?", ((behind or before) or match)["genes"])
        name = " ".join(match["name"].split())
        yield _Mention(name, Span.cut(text, *match.span("name")), None, tuple(listed or ()))


def _read(
    text: str, at: int, mentions: list[_Mention], patterns: GenomicPatterns, markers: list[MarkerFinding]
) -> GenomicTest | None:
    mention = mentions[at]
    if is_about_relative(text, mention.span.start):
        return None
    start, end = clause_start(text, mention.span.start), clause_end(text, mention.span.end, _REACH)
    result = FORMULA.match(text, mention.span.end) or SCORE.match(text, mention.span.end)
    if result:
        value = result.groupdict().get("formula") or result.groupdict().get("score")
        return _test(mention, "resulted", value, Span.cut(text, *result.span(1)))
    status = _nearest(text, mention, mentions[max(0, at - 3) : at + 4], patterns, start, end)
    if status is None:
        found = [
            item
            for item in markers
            if item.kind in MOLECULAR_KINDS
            and mention.span.end <= item.start < end
            and item.finding.result in ("positive", "negative")
        ]
        if found or (mention.span.start < 200 and REPORT.search(text[:400])):
            return _test(mention, "resulted", None, mention.span)
        return None
    name, span = status
    return _test(mention, name, span.quote.lower() if name == "resulted" else None, span)


def _nearest(
    text: str, mention: _Mention, mentions: list[_Mention], patterns: GenomicPatterns, start: int, end: int
) -> tuple[str, Span] | None:
    """The status word nearest to the name; words behind it count before words ahead of it. Neighbours share one."""
    others = [other.span for other in mentions if other is not mention]
    candidates = []
    for match in patterns.status.finditer(text, start, end):
        span = Span.cut(text, *match.span())
        if span.overlaps(mention.span):
            continue
        behind = span.start >= mention.span.end
        gap = span.start - mention.span.end if behind else mention.span.start - span.end
        between = text[mention.span.end : span.start] if behind else text[span.end : mention.span.start]
        blocked = any(
            low.start < max(span.start, mention.span.start) and low.end > min(span.end, mention.span.end)
            for low in others
        )
        penalty = (0 if behind else 15) + (20 if blocked else 0) + (15 if "," in between else 0)
        if gap + penalty <= _REACH:
            candidates.append((gap + penalty, match.lastgroup or "", span))
    if not candidates:
        return None
    _, status, span = min(candidates, key=lambda item: item[0])
    return status, span


def _one_analyte(text: str, markers: list[MarkerFinding], table: GenomicTable) -> list[GenomicTest]:
    """Tests of one gene: sent or pending anywhere; resulted only in the performing laboratory's own report."""
    report = REPORT.search(text)
    heading = MOLECULAR.search(text) if report else None
    found = []
    for item in markers:
        if item.kind not in MOLECULAR_KINDS or item.finding.method in ("IHC", "FISH") or item.kind in ("mrd", "tmb"):
            continue
        status = "pending" if item.finding.result == "pending" else None
        if report and item.finding.result in ("positive", "negative", "equivocal"):
            line = text[item.start : clause_end(text, item.end)]
            if (heading and item.start > heading.start()) or IN_HOUSE.search(line):
                status = "resulted"
        if status:
            gene = item.name.split("-")[0].split(" ")[0]
            mention = _Mention(item.name, Span.cut(text, item.start, item.end), table.analytes.get(item.name), (gene,))
            value = item.finding.word if status == "resulted" else None
            found.append(_test(mention, status, value, Span.cut(text, *item.finding.span)))
    return found


def _test(mention: _Mention, status: str, result: str | None, span: Span) -> GenomicTest:
    evidence = [Evidence(attribute="name", spans=(mention.span,)), Evidence(attribute="status", spans=(span,))]
    if result:
        evidence.append(Evidence(attribute="result", spans=(span,)))
    return GenomicTest.model_validate(
        {
            "name": mention.name,
            "status": status,
            "genes": mention.genes,
            "result": result,
            "code": mention.code,
            "evidence": tuple(evidence),
        }
    )


def _merged(found: list[GenomicTest]) -> tuple[GenomicTest, ...]:
    """One record a test: what has come furthest stands."""
    best: dict[str, GenomicTest] = {}
    for test in found:
        known = best.get(test.name.lower())
        if known is None or _RANK[test.status] > _RANK[known.status]:
            best[test.name.lower()] = test
    return tuple(sorted(best.values(), key=lambda test: test.spans_of("name")[0].start))
