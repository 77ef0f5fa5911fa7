"""Patterns of histologic types, grades, sides, margins and nodes. Type and site words come from the histology table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from terminology.histology import Histology, HistologyTable, Site, load_pathology_words

_PLACEHOLDERS = {"{ca}": r"(?:carcinoma|cancer|carc\b|ca\b)", "{tumor}": r"tumou?rs?"}

_WORDS = load_pathology_words()
_TOXICITY = rf"(?:\w{{1,30}}\s)?\b(?:{'|'.join(_WORDS.toxicities)})"

# Short abbreviations (up to three letters) that mean something else elsewhere need one of these words near.
GUARDS = {name: re.compile("|".join(words), re.IGNORECASE) for name, words in _WORDS.guards.items()}

GLEASON = re.compile(
    r"(?:\bGleason|\bGS|\bGl\.?)[’'s]{0,2}(?:\s(?:score|sum|grade|pattern|total))?(?:\s(?:of|is|was))?[\s:=(]{0,3}"
    r"(?:(?P<total>10|[6-9])\s?[\[(=]\s?)?(?P<first>[1-5])\s?\+\s?(?P<second>[1-5])(?!\d)(?:\s?=?\s?\(?(?P<sum>10|[6-9])\)?)?"
    r"|(?<![\d.+])(?P<bare_first>[3-5])\s?\+\s?(?P<bare_second>[3-5])\s?=\s?(?:10|[6-9])(?![\d.])",
    re.IGNORECASE,
)
GLEASON_SUM = re.compile(
    r"\bGleason(?:\s(?:score|sum|grade))?[\s:=]{1,3}(?P<sum>10|[6-9])(?![\d.+]|\s?\()", re.IGNORECASE
)
GRADE_GROUP = re.compile(r"\b(?:(?:ISUP\s)?grade\sgroup|GG|ISUP)[\s:=]{0,3}(?P<grade>[1-5])(?![\d.])", re.IGNORECASE)

_NUMBER = r"(?P<grade>1\s?[-/–]\s?2|[1-4][AaBb]?|IV|I{1,3})"
STATED_GRADE = re.compile(
    r"\b(?:Nottingham|(?:modified\s)?Bloom[\s-]Richardson|SBR|MSBR|Elston|histologic(?:al)?|nuclear|tumou?r|FIGO|WHO|ISUP"
    r"|Fuhrman|FNCLCC|combined|overall|path)(?:\s(?:CNS|histologic|nuclear|WHO|combined))?[\s-]"
    rf"(?:(?:grade|gr\.?|G)[\s.:=]{{0,40}}(?:(?:grade|G)\s?)?|(?<=WHO\s)){_NUMBER}(?![\w%/+]|\.\d)",
    re.IGNORECASE,
)
LABELLED_GRADE = re.compile(
    rf"(?:^|[|;,\n])[ \t]{{0,6}}(?:tumou?r\s)?grade\s{{0,2}}[:=|]\s{{0,2}}(?:grade\s|G)?{_NUMBER}(?![\w%/+]|\.\d)",
    re.IGNORECASE,
)
NEAR_GRADE = re.compile(
    rf"(?<![\w-])(?:(?:grade|gr\.?)[\s:=-]{{0,3}}(?:of\s)?{_NUMBER}|G(?P<short>1\s?[-/–]\s?2|[1-4][ABab]?))"
    r"(?![\w%+]|/\d|\.\d)",
    re.IGNORECASE,
)
TOXICITY_BEHIND = re.compile(rf"[\s:,(]{{1,3}}{_TOXICITY}", re.IGNORECASE)
TOXICITY_BEFORE = re.compile(rf"{_TOXICITY}[^.;,\n]{{0,25}}$", re.IGNORECASE)
DIFFERENTIATION = re.compile(
    r"(?<!\w)(?P<words>(?:well|moderately|moderate|mod\.?|poorly|poor)"
    r"(?:\s?(?:to|-|/)\s?(?:moderately|moderate|mod\.?|poorly|poor))?)[\s-]{1,2}(?:differentiated|diff(?:\.|\b))",
    re.IGNORECASE,
)
WORD_GRADE = re.compile(
    r"(?<!\w)(?P<grade>high|low|intermediate)[\s-]grade(?!\w)|(?<!\w)grade[\s:]{1,2}(?P<after>high|low)(?!\w)",
    re.IGNORECASE,
)

SIDE = re.compile(
    r"(?<![\w/.-])(?:(?P<bilateral>bilateral|b/l|bilat\.?)"
    r"|(?P<left>left|lt(?=[.\s])|Left|LEFT|L(?![\w/%:-])|\(L\))"
    r"|(?P<right>right|rt(?=[.\s])|Right|RIGHT|R(?![\w/%:-])|\(R\)))(?!\w)"
)
LABELLED_SIDE = re.compile(r"\blaterality[\s:=.|]{1,30}(?P<side>left|right|bilateral)(?!\w)", re.IGNORECASE)
LOBE = re.compile(r"(?<!\w)(?:(?P<right>RUL|RML|RLL)|(?P<left>LUL|LLL|lingula))(?!\w)")
ACCESS = re.compile(rf"^[\s,.)]{{0,3}}(?:\w+\s){{0,3}}?(?:{'|'.join(_WORDS.accesses)})", re.IGNORECASE)
SPREAD = re.compile(rf"^[\s)]{{0,3}}(?:\w+\s){{0,2}}?(?:{'|'.join(_WORDS.spreads)})", re.IGNORECASE)

# Right before a type: it was looked for and not found, or is only thought of.
EXCLUDED = re.compile(
    r"(?:negative\sfor|neg\sfor|no\sevidence\sof|r/o|rule\sout|ruled\sout|versus|vs\.?)\s(?:\w+\s){0,2}$", re.IGNORECASE
)
ELSEWHERE = re.compile(r"sprain|ligament|\bknee\b|\bACL\b|cord\scompression", re.IGNORECASE)
METASTASIS_BEHIND = re.compile(r"\s?(?:mets?\b|metast|lesions?\b|nodul)", re.IGNORECASE)
METASTASIS_BEFORE = re.compile(
    r"(?:mets?|metasta\w{1,4})\s(?:to|in|of)\s(?:the\s)?(?:\w+,?\s(?:and\s)?){0,3}$|\bw/?\s$", re.IGNORECASE
)

_FREE = r"(?:negative|neg|clear|free|clean|uninvolved)"
_TAKEN = r"(?:positive|pos|involved|\+)"
_MARGIN = r"\bmargins?\b[\s:.,]{1,30}"
MARGINS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (result, re.compile(pattern, re.IGNORECASE))
    for result, pattern in (
        (
            "positive",
            rf"\b{_TAKEN}\s(?:\w+\s){{0,3}}margins?\b|\bR1\sresection"
            rf"|{_MARGIN}(?:(?!DCIS)\w+[\s:,]{{1,3}}){{0,3}}?(?:(?:are|is|was|were)\s)?{_TAKEN}(?!\w)",
        ),
        ("close", r"\bclose\s(?:\w+\s){0,2}margins?\b|\bmargins?\s(?:are\s|is\s|was\s|were\s)?close\b"),
        (
            "negative",
            rf"\b{_FREE}\s(?:surgical\s)?margins?\b|{_MARGIN}(?:\w+[\s:,]{{1,3}}){{0,4}}?{_FREE}(?!\w)|\bR0\sresection",
        ),
    )
)
_NODE = (
    r"(?:(?:sentinel|axillary|regional|pelvic|mediastinal|positive|pos|involved)\s){0,3}"
    r"(?:SLNs?|LNs?|lymph\snodes?|nodes?)"
)
_OF = r"\s?(?:/|of|out\sof|positive\sof)\s?"
NODES = re.compile(
    rf"(?<![\d/])(?P<positive>\d{{1,2}}){_OF}(?P<examined>\d{{1,2}})(?![\d/])\s(?:examined\s)?{_NODE}(?!\w)"
    rf"|\b{_NODE}(?:\s(?:involved|positive|pos))?[\s:.(]{{1,30}}(?:(?:positive|pos|neg|negative|involved)[\s:(]{{1,3}})?"
    rf"(?P<positive_behind>\d{{1,2}}){_OF}(?P<examined_behind>\d{{1,2}})(?![\d/])",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class PathologyPatterns:
    types: tuple[tuple[Histology, frozenset[str], re.Pattern[str]], ...]  # with words one of which the text must hold
    abbreviation: re.Pattern[str]
    abbreviated: tuple[Histology, ...]  # by number of the group that matched
    site: re.Pattern[str]
    sites: dict[str, Site]


@cache
def compile_histology(table: HistologyTable) -> PathologyPatterns:
    """The table's forms and abbreviations as patterns."""
    sites = {site.word: site for site in table.sites}
    words = "|".join(
        re.escape(word).replace(r"\ ", r"\s") for word in sorted(sites, key=lambda word: (-len(word), word))
    )
    abbreviated = [item for item in table.types if item.abbreviations]
    abbreviations = "|".join(
        f"(?P<a{number}>{_printed(item.abbreviations)})" for number, item in enumerate(abbreviated)
    )
    return PathologyPatterns(
        types=tuple((item, _needed_words(item.forms), _forms(item)) for item in table.types),
        abbreviation=re.compile(rf"(?<![A-Za-z0-9])(?:{abbreviations})(?![A-Za-z0-9]|-\d)"),
        abbreviated=tuple(abbreviated),
        site=re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE),
        sites=sites,
    )


def _printed(abbreviations: tuple[str, ...]) -> str:
    longest_first = sorted(abbreviations, key=len, reverse=True)
    return "|".join(part if "(?" in part else re.escape(part) for part in longest_first)


def _forms(item: Histology) -> re.Pattern[str]:
    forms = item.forms
    for placeholder, pattern in _PLACEHOLDERS.items():
        forms = forms.replace(placeholder, pattern)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{forms.replace(' ', chr(92) + 's{1,3}')})(?![A-Za-z0-9])", re.IGNORECASE)


def _needed_words(forms: str) -> frozenset[str]:
    """For each alternative its longest literal word: a text without any of them cannot match, which is cheap to see."""
    plain = forms
    while (inner := re.sub(r"\([^()]*\)[?*]?|\[[^\[\]]*\](?:\{[^{}]*\})?|[a-z]\?", " ", plain)) != plain:
        plain = inner
    plain = plain.replace("{ca}", " ").replace("{tumor}", " ")
    words = [max(re.findall(r"[A-Za-z]{3,}", part), key=len, default="") for part in plain.split("|")]
    return frozenset(word.lower() for word in words) if all(words) else frozenset()
