"""Patterns of stages: TNM components, groups behind the word stage, named systems. Words come from the table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from terminology.staging import StagingSystem, StagingTable

# One TNM component. The letter O stands where a typist meant zero; `suffix` holds (sn), (m), (f), (i+), (DCIS) ...
COMPONENT = re.compile(
    r"(?P<prefix>[yY]?[cpraCPRA]|[yY](?=[TN]))?"
    r"(?P<letter>[TNMtnm])[ -]?"
    r"(?P<value>is|[0-4XxO](?:mi(?![a-z])|[a-e][1-3]?)?|a(?=[ ,/)]|\s?[,/]?\s?c?p?[Nn]))"
    r"(?P<suffix>/is|(?:\s?\((?:sn|m|f|is|DCIS|LCIS|LAMN|Paget|i[+-]|mol[+-]|\d{1,2}|\d?s)\)){1,3})?",
)
LEADING_EDGE = re.compile(r"(?<![A-Za-z0-9.])")
# What may stand between two components of one string: separators and one remark in brackets.
GAP = re.compile(r"[\s,;/|]{0,4}(?:and\s)?(?:\([^()\n]{1,60}\)[\s,;/]{0,4})?")
BASIS = re.compile(
    r"(?<!\w)(?P<basis>clin(?:ical(?:ly)?)?|path(?:ologic(?:al(?:ly)?)?)?|surgical)\.?\s(?:anatomic\s|prognostic\s)?"
    r"(?:(?:AJCC|TNM|FIGO)\s)?(?:(?:stage|staging|staged|TNM|group|at|as|was|is)[\s:=]{1,3}){0,3}$",
    re.IGNORECASE,
)
BASIS_AFTER = re.compile(r"[\s,(]{0,3}(?P<basis>clinical(?:ly)?|pathologic(?:al(?:ly)?)?|by path)\b", re.IGNORECASE)
STAGING_CUE = re.compile(
    r"(?:\bstag(?:e|ed|ing)(?:\s(?:IV|I{1,3})[A-D]?,?)?"
    r"|\bTNM|\bAJCC(?:\s?\d{1,2}(?:th)?)?|[ycp]?TNM|\bdisease extent)[\s:=)(-]{1,4}$",
    re.IGNORECASE,
)
# A bare T beside its tumour word: "high-grade T1 urothelial carcinoma", "urothelial carcinoma, Ta".
TUMOUR_BEHIND = re.compile(
    r"[\s,-]{1,2}(?:(?:high|low)[\s-]grade\s|papillary\s|HG\s|LG\s|invasive\s){0,2}"
    r"(?:urothelial|transitional|TCC\b|NMIBC\b|UC\b|bladder (?:ca|cancer|tumou?r)\b|adenocarcinoma|carcinoma|squamous)",
    re.IGNORECASE,
)
TUMOUR_BEFORE = re.compile(r"(?:carcinoma|urothelial ca|TCC|NMIBC|\bUC)[\s,;:(]{1,3}$", re.IGNORECASE)

_WORD_NUMBERS = {"one": "I", "two": "II", "three": "III", "four": "IV"}
_ROMAN = r"(?:IV|I{1,3}|iv|i{1,3})"
GROUP = re.compile(
    r"(?<![\w-])(?:(?P<basis>clinical|pathologic(?:al)?|path|clin)\.?[\s-](?:anatomic\s|prognostic\s)?)?"
    r"(?:stage|stg|stage[\s_-]group(?:ing)?)"
    r"[\s:=\"'|.(-]{1,4}(?:(?:group|grouping|is|now|at least|AJCC|FIGO|disease)[\s:=]{1,3})?"
    rf"(?P<group>(?:{_ROMAN}|[0-4](?![\d.]))(?:-?[A-Ea-eSX]{{1,2}}(?:[1-3])?|[1-3](?=\W))?|one|two|three|four)"
    r"(?P<apart>\s[A-C](?=[,;.)\s](?![- ]?cell)))?"
    r"(?![\w%]|[:/]\d|-\d|\.\d)",
    re.IGNORECASE,
)
# A group without the word stage: only roman numerals with a letter are distinctive enough.
BARE_GROUP = re.compile(r"(?<![\w/.-])(?P<group>(?:IV|I{1,3})[ABCD](?:[12](?=\W))?)(?![\w-])")
INTRAVENOUS = re.compile(
    r"\s{0,2}(?:fluids?|access|push|line|site|start|infusion|bolus|pb\b|ivpb|contrast|abx|antibiotics?|meds?\b|hydration|placed|d/c)",
    re.IGNORECASE,
)
_FILLER = (
    r"(?:\s{0,2}\(?(?:19|20)\d\d\)?)?[\s:=\"-]{0,3}"
    r"(?:(?:stage|stg|class|classification|score|group|staging|is|was|of|criteria)[\s:=\"-]{1,3}){0,3}"
)


def words_pattern(words: Iterable[str]) -> str:
    """Alternation of words, longest first, in which a blank or hyphen matches blank, hyphen or nothing."""
    return "|".join(
        re.sub(r"\\?[ -]", r"[\\s-]?", re.escape(word)) for word in sorted(words, key=lambda word: (-len(word), word))
    )


def _all_words(table: dict[str, tuple[str, ...]]) -> str:
    return words_pattern(word for words in table.values() for word in words)


@dataclass(frozen=True, eq=False)
class StagingPatterns:
    systems: tuple[tuple[StagingSystem, re.Pattern[str]], ...]
    risks: tuple[tuple[StagingSystem, re.Pattern[str]], ...]
    risk_groups: dict[str, str]
    extent: re.Pattern[str] | None
    extent_groups: dict[str, str]
    disease: re.Pattern[str]
    disease_systems: dict[str, str]
    other_condition: re.Pattern[str]
    other_scale: re.Pattern[str]


@cache
def compile_staging(table: StagingTable) -> StagingPatterns:
    """The table's words as patterns."""
    risk_groups = {_key(word): group for group, words in table.risk_words.items() for word in words}
    risk = _all_words(table.risk_words)
    extent_groups = {_key(word): group for group, words in table.extent_words.items() for word in words}
    disease_systems = {_key(word): system for system, words in table.diseases.items() for word in words}
    extent_words, extent_diseases = _all_words(table.extent_words), words_pattern(table.extent_diseases)
    return StagingPatterns(
        systems=tuple((system, _system_pattern(system)) for system in table.systems),
        risks=tuple((system, _risk_pattern(system, risk)) for system in table.risk_systems),
        risk_groups=risk_groups,
        extent=re.compile(
            rf"(?<![\w-])(?P<group>{extent_words})(?:[\s-](?:stage|disease))?[\s-](?:{extent_diseases})(?!\w)"
            rf"|(?<![\w-])(?:{extent_diseases})(?!\w)[^.;\n|]{{0,40}}?[\s,(-](?P<after>extensive|limited)"
            r"(?=[\s-](?:stage|disease)|[\s,;.)]|$)",
            re.IGNORECASE,
        )
        if table.extent
        else None,
        extent_groups=extent_groups,
        disease=re.compile(rf"(?<!\w)(?:{_all_words(table.diseases)})(?!\w)", re.IGNORECASE),
        disease_systems=disease_systems,
        other_condition=re.compile(rf"(?<!\w)(?:{words_pattern(table.other_conditions)})", re.IGNORECASE),
        other_scale=re.compile(rf"(?<!\w)(?:{words_pattern(table.other_scales)})[\s:]{{0,2}}$", re.IGNORECASE),
    )


def _system_pattern(system: StagingSystem) -> re.Pattern[str]:
    names = words_pattern(system.names)
    return re.compile(
        rf"(?<![\w-])(?P<name>{names}){_FILLER}(?P<group>{system.groups})(?![\w%]|[.:/]\d|\s?/\s?\d)", re.IGNORECASE
    )


def _risk_pattern(system: StagingSystem, risk: str) -> re.Pattern[str]:
    names = words_pattern(system.names)
    return re.compile(
        rf"(?<!\w)(?P<name>{names})(?!\w)[\s:=(\"-]{{0,4}}(?:(?:score|is|was|of|risk|group|category|\d{{1,2}}(?:\.\d{{1,2}})?)[\s:=,;()/-]{{1,4}}){{0,4}}"
        rf"(?P<group>{risk})(?!\w)"
        rf"|(?<!\w)(?P<before>{risk})(?:[\s-]risk)?\s(?:(?:MDS|disease|myelodysplastic\s\w{{1,12}})\s)?(?:\(|by\s|per\s|on\s|,\s?)(?:the\s)?(?:{names})(?!\w)",
        re.IGNORECASE,
    )


def _key(word: str) -> str:
    return re.sub(r"[\s-]+", "", word.lower())


def word_key(word: str) -> str:
    """A written word in the form the tables are keyed by."""
    return _key(word)


def normalise_group(written: str) -> str:
    """``iiib`` and ``III-B`` as ``IIIB``, dictated ``four`` as ``IV``."""
    number, _, letter = written.partition(" ")
    return re.sub(r"[\s-]", "", _WORD_NUMBERS.get(number.lower(), number) + letter).upper()
