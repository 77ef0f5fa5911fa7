"""Patterns of histologic types, grades, sides, margins and node counts. Type and site words come from the histology table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from terminology.histology import Histology, HistologyTable, Site

_PLACEHOLDERS = {"{ca}": r"(?:carcinoma|cancer|carc\b|ca\b)", "{tumor}": r"tumou?rs?"}

# Abbreviations that mean something else elsewhere need one of these words near.
GUARDS: dict[str, re.Pattern[str]] = {
    "squamous": re.compile(r"squam|cancer|\bca\b|carcinoma|tonsil|tongue|larynx|lung|esoph|cervi|anal|anus|skin|head|neck|orophar|oral|p16|HPV|stage|[cp]T\d|metast|mets|cisplatin|cetuximab|vulva|penile|penis|lobe|RUL|LUL|RLL|LLL|Dx|diagnos|nasophar|sinus|lip|gingiva|buccal|palate|BOT|FOM|GEJ|scalp|cheek|ear", re.IGNORECASE),
    "neuroendocrine": re.compile(r"neuroendocrine|octreotide|lanreotide|lutetium|dotatate|carcinoid|sandostatin|somatuline|Ki-?67|grade|pancrea|small bowel|ileal|ileum|midgut|lung|rectal|mets|metast|G[123]\b"),
    "lymphoma": re.compile(r"lymphoma|stage|relaps|refract|R/R|\bdx\b|diagnos|rituximab|rituxan|obinutuzumab|gazyva|CHOP|\bBR\b|bendamustine|brentuximab|nivolumab|ABVD|AVD|Ann Arbor|grade|ibrutinib|acalabrutinib|zanubrutinib|CD20|cycle|\bC\d", re.IGNORECASE),
    "urothelial": re.compile(r"bladder|urothel|ureter|renal pelvis|transitional|BCG|enfortumab|stage|mets", re.IGNORECASE),
    "sarcoma": re.compile(r"sarcoma|uter|retroperit|doxorubicin|gemcitabine|trabectedin|mets|metast", re.IGNORECASE),
    "thyroid": re.compile(r"thyroid|RAI|TSH|thyroglobulin|calcitonin|RET\b"),
    "germ cell": re.compile(r"germ|testi|mediastin|ovar|\bBEP\b|AFP|hCG", re.IGNORECASE),
    "merkel": re.compile(r"merkel|avelumab|skin|retifanlimab|pembrolizumab", re.IGNORECASE),
    "melanoma": re.compile(r"melanoma", re.IGNORECASE),
}  # fmt: skip

GLEASON = re.compile(
    r"(?:\bGleason|\bGS|\bGl\.?)[’'s]{0,2}(?:\s(?:score|sum|grade|pattern|total))?(?:\s(?:of|is|was))?[\s:=(]{0,3}"
    r"(?:(?P<total>10|[6-9])\s?[\[(=]\s?)?(?P<first>[1-5])\s?\+\s?(?P<second>[1-5])(?!\d)(?:\s?=?\s?\(?(?P<sum>10|[6-9])\)?)?"
    r"|(?<![\d.+])(?P<bare_first>[3-5])\s?\+\s?(?P<bare_second>[3-5])\s?=\s?(?:10|[6-9])(?![\d.])",
    re.IGNORECASE,
)
GLEASON_SUM = re.compile(r"\bGleason(?:\s(?:score|sum|grade))?[\s:=]{1,3}(?P<sum>10|[6-9])(?![\d.+]|\s?\()", re.IGNORECASE)
GRADE_GROUP = re.compile(r"\b(?:(?:ISUP\s)?grade\sgroup|GG|ISUP)[\s:=]{0,3}(?P<grade>[1-5])(?![\d.])", re.IGNORECASE)

_NUMBER = r"(?P<grade>1\s?[-/–]\s?2|[1-4][AaBb]?|IV|I{1,3})"
STATED_GRADE = re.compile(
    r"\b(?:Nottingham|(?:modified\s)?Bloom[\s-]Richardson|SBR|MSBR|Elston|histologic(?:al)?|nuclear|tumou?r|FIGO|WHO|ISUP|Fuhrman|FNCLCC|combined|overall|path)"
    rf"(?:\s(?:CNS|histologic|nuclear|WHO|combined))?[\s-](?:(?:grade|gr\.?|G)[\s.:=]{{0,40}}(?:(?:grade|G)\s?)?|(?<=WHO\s)){_NUMBER}(?![\w%/+]|\.\d)",
    re.IGNORECASE,
)
NEAR_GRADE = re.compile(rf"(?<![\w-])(?:(?:grade|gr\.?)[\s:=-]{{0,3}}(?:of\s)?{_NUMBER}|G(?P<short>[1-4]))(?![\w%+]|/\d|\.\d)", re.IGNORECASE)
_TOXICITY = (
    r"(?:\w+\s)?(?:neurop|diarr|naus|vom|fatig|rash|mucos|stomat|react|infus|CRS|ICANS|an[ae]*mia|neutrop|thromb|HFS|hand|palmar|PPE|pain|edema|hypert|hypot|hyper|hypo"
    r"|constip|ototox|alopec|dermat|tox|AE\b|irAE|colitis|pneumonitis|hepat|sensory|periph|paresth|prurit|cough|dyspn|weight|insomn|fever|chills|rigor"
    r"|hives|flush|arthr|myalg|tinnitus|proteinur|anorex|dysgeus|xerost|ALT|AST|creat|lymphop|leukop|acne|itch|hot\sfl|bleed|hemorr|phleb|extrav|cytokine)"
)
TOXICITY_BEHIND = re.compile(rf"[\s:,(]{{1,3}}{_TOXICITY}", re.IGNORECASE)
TOXICITY_BEFORE = re.compile(rf"{_TOXICITY}[^.;,\n]{{0,25}}$", re.IGNORECASE)
DIFFERENTIATION = re.compile(
    r"(?<!\w)(?P<words>(?:well|moderately|moderate|mod\.?|poorly|poor)(?:\s?(?:to|-|/)\s?(?:moderately|moderate|mod\.?|poorly|poor))?)[\s-]{1,2}(?:differentiated|diff(?:\.|\b))",
    re.IGNORECASE,
)
WORD_GRADE = re.compile(r"(?<!\w)(?P<grade>high|low|intermediate)[\s-]grade(?!\w)|(?<!\w)grade[\s:]{1,2}(?P<after>high|low)(?!\w)", re.IGNORECASE)

_LEFT = r"(?:left|lt\.?|L(?:EFT)?)"
_RIGHT = r"(?:right|rt\.?|R(?:IGHT)?)"
SIDE = re.compile(
    r"(?<![\w/.-])(?:(?P<bilateral>bilateral|b/l|bilat\.?)|(?P<left>left|lt(?=[.\s])|Left|LEFT|L(?![\w/%:-])|\(L\))|(?P<right>right|rt(?=[.\s])|Right|RIGHT|R(?![\w/%:-])|\(R\)))(?!\w)"
)
LOBE = re.compile(r"(?<!\w)(?:(?P<right>RUL|RML|RLL)|(?P<left>LUL|LLL|lingula))(?!\w)")
ACCESS = re.compile(
    r"^[\s,.)]{0,3}(?:\w+\s){0,3}?(?:port|PAC|mediport|PICC|PIV|IV\b|AC\b|antecub|CW|CVC|hickman|SC\b|IJ|subclav|deltoid|glute|dorsoglut|ventroglut|abd)",
    re.IGNORECASE,
)
SPREAD = re.compile(
    r"^[\s)]{0,3}(?:\w+\s){0,2}?(?:mets?\b|metast|axill|nodes?\b|nodal|LNs?\b|lymph|(?:pleural\s|malignant\s)?effusion|adrenal\s(?:met|nod)|ilium|iliac|supraclav|hilar\s(?:LN|node|aden))",
    re.IGNORECASE,
)

MARGINS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (result, re.compile(pattern, re.IGNORECASE))
    for result, pattern in (
        ("positive", r"\b(?:positive|involved|\+)\s(?:\w+\s){0,3}margins?\b|\bmargins?\b[\s:.,]{1,30}(?:(?!DCIS)\w+[\s:,]{1,3}){0,3}?(?:are\s|is\s|was\s|were\s)?(?:positive|pos|involved|\+)(?!\w)|\bR1\sresection"),
        ("close", r"\bclose\s(?:\w+\s){0,2}margins?\b|\bmargins?\s(?:are\s|is\s|was\s|were\s)?close\b"),
        ("negative", r"\b(?:negative|neg|clear|free|clean|uninvolved)\s(?:surgical\s)?margins?\b|\bmargins?\b[\s:.,]{1,30}(?:\w+[\s:,]{1,3}){0,4}?(?:negative|neg|clear|free|clean|uninvolved)(?!\w)|\bR0\sresection"),
    )
)  # fmt: skip
_NODE = r"(?:(?:sentinel|axillary|regional|pelvic|mediastinal|positive|pos|involved)\s){0,3}(?:SLNs?|LNs?|lymph\snodes?|nodes?)"
NODES = re.compile(
    rf"(?<![\d/])(?P<positive>\d{{1,2}})\s?(?:/|of|out\sof|positive\sof)\s?(?P<examined>\d{{1,2}})(?![\d/])\s(?:examined\s)?{_NODE}(?!\w)"
    rf"|\b{_NODE}(?:\s(?:involved|positive|pos))?[\s:.(]{{1,30}}(?:(?:positive|pos|neg|negative|involved)[\s:(]{{1,3}})?(?P<positive_behind>\d{{1,2}})\s?(?:/|of|positive\sof)\s?(?P<examined_behind>\d{{1,2}})(?![\d/])",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class PathologyPatterns:
    types: tuple[tuple[Histology, re.Pattern[str], re.Pattern[str] | None], ...]
    site: re.Pattern[str]
    sites: dict[str, Site]


@cache
def compile_histology(table: HistologyTable) -> PathologyPatterns:
    """The table's forms and abbreviations as patterns."""
    sites = {site.word: site for site in table.sites}
    words = "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(sites, key=lambda word: (-len(word), word)))
    return PathologyPatterns(
        types=tuple((item, _forms(item), _abbreviations(item)) for item in table.types),
        site=re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE),
        sites=sites,
    )


def _forms(item: Histology) -> re.Pattern[str]:
    forms = item.forms
    for placeholder, pattern in _PLACEHOLDERS.items():
        forms = forms.replace(placeholder, pattern)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{forms.replace(' ', chr(92) + 's{1,3}')})(?![A-Za-z0-9])", re.IGNORECASE)


def _abbreviations(item: Histology) -> re.Pattern[str] | None:
    if not item.abbreviations:
        return None
    words = "|".join(part if "(?" in part else re.escape(part) for part in item.abbreviations)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
