"""Patterns of genomic tests: names and status words from the table, panels without a brand, results behind a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from terminology.genomic import GenomicTable, NamedTest

PANEL = re.compile(
    r"(?<!\w)(?P<name>\d{2,4}[- ]gene\s(?:[\w/-]{1,20}\s){0,4}panel"
    r"|(?-i:(?:Hereditary|Germline|Inherited|Comprehensive|Myeloid|Lymphoid|Solid|Custom)"
    r"\s(?:[A-Z&][\w/&-]{0,20}\s){0,4}Panel)"
    r"|(?:hereditary|germline|inherited|myeloid|lymphoid|solid tumou?r|liquid biopsy)"
    r"\s(?:[\w/-]{1,20}\s){0,3}panel)(?!\w)",
    re.IGNORECASE,
)
REPORT = re.compile(
    r"\b(?:FINAL|PATHOLOGY|HEMEPATH|MARROW|BIOPSY|GENOMIC|LABORATORY|PROFIL\w{1,5})[^\n]{0,60}\bREPORT\b"
    r"|\bSURGICAL NO\b|\bCASE SUMMARY\b",
    re.IGNORECASE,
)
MOLECULAR = re.compile(r"(?:^|\n)\s{0,6}(?:MOLECULAR|Molecular)[^\n]{0,80}")
IN_HOUSE = re.compile(r"\bin[- ]house\b|\bthis laboratory\b|\bperformed here\b", re.IGNORECASE)
# A result standing right behind a name: score, karyotype formula, colon and variant.
SCORE = re.compile(
    r"[\s:=(]{0,3}(?:(?:score|RS|recurrence score|result|was|is|of|MRD)[\s:=]{1,3}){0,3}"
    r"(?P<score>\d{1,2}(?:\.\d{1,2})?)(?![\d/%:-]|\s?(?:gene|mg|wk|week|day))",
    re.IGNORECASE,
)
FORMULA = re.compile(r"[\s:=(]{0,3}(?P<formula>4[4-8],\s?X[XY][^\s;)\n]{0,40}|\*\d{1,2}\w?\s?/\s?\*\d{1,2}\w?)")
GUARDS: dict[str, re.Pattern[str]] = {
    "breast": re.compile(r"breast|endocrine|tamoxifen|anastrozole|letrozole|\bER\b", re.IGNORECASE)
}


@dataclass(frozen=True, eq=False)
class GenomicPatterns:
    tests: tuple[tuple[NamedTest, re.Pattern[str]], ...]
    status: re.Pattern[str]


@cache
def compile_genomic_tests(table: GenomicTable) -> GenomicPatterns:
    """The table's names and status words as patterns."""
    groups = "|".join(f"(?P<{status}>{_words(words)})" for status, words in table.status_words.items())
    return GenomicPatterns(
        tests=tuple(
            (test, re.compile(rf"(?<![A-Za-z0-9])(?:{test.forms})(?![A-Za-z0-9])", re.IGNORECASE))
            for test in table.tests
        ),
        status=re.compile(rf"(?<!\w)(?:{groups})(?!\w)", re.IGNORECASE),
    )


def _words(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))
