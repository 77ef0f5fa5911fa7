"""Patterns of biomarkers: mentions, what may stand between a marker and its result, and the results themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from terminology.biomarker import BiomarkerTable, Marker, MarkerPhrase, load_marker_words

_WORDS = load_marker_words()
_EXON = r"(?:ex(?:on)?\.?\s?)\d{1,2}"
VARIANT = (
    r"(?:p\.\(?[A-Z][a-z]{0,2}\d{1,4}(?:[A-Z][a-z]{0,2}|\*|fs\*?\d{0,3}|del|dup|ins[A-Z]{0,4})?\)?|c\.\d{1,5}[\w+>_-]{2,18}"
    r"|(?-i:[A-Z]\d{2,4}(?:[A-Z]|fs|\*)(?:/[A-Z])?)(?!\w)|V600(?!\w)|D835\w?"
    rf"|{_EXON}\s?(?:del(?:etions?)?|ins(?:ertions?)?|skip(?:ping)?|mut(?:ations?)?|insdel|indel)(?!\w)|{_EXON}(?!\w)"
    r"|del\s?19|type\s[AB](?!\w)|R132\w?|\d{4}del\w{1,6}|\d{4}ins\w{1,4}|185delAG|\*\d{1,2}(?:/\*\d{1,2})?)"
)
NOUN = (
    r"(?:(?:activating|sensiti[sz]ing|pathogenic|actionable|targetable|somatic|germline|gene|hotspot|driver|promoter)\s)?"
    r"(?:mutations?|mut|fusions?|rearrangements?|rearr|amplifications?|amp|alterations?|variants?|translocations?|insertions?"
    r"|deletions?|skipping|loss)(?!\w)"
)
METHOD = (
    r"(?:immunohistochemistry|IHC|immunostain|FISH|D-?ISH|CISH|SISH|ISH|in situ hybridi[sz]ation|NGS"
    r"|RT-?q?PCR|q?PCR|ddPCR|flow(?:\scytometry)?|Sanger|sequencing)(?!\w)"
)
PERCENT = r"(?:[<>≥≤=~]{1,2}\s?)?\d{1,3}(?:\.\d{1,4})?(?:\s?(?:-|–|to)\s?\d{1,3})?\s?(?:%|percent\b)\+?"
SCORE = r"(?<![\d.])[0-3]\+(?!\w)"
NUMBER = r"(?:[<>≥≤=~]{1,2}\s?)?(?<![\d.])\d{1,3}(?:\.\d{1,2})?(?![\d%A-Za-z])"
CLONE = r"(?:22C3|28-8|SP142|SP263|SP1|SP44|4B5|6F11|1E2|30-9|VE1|D5F3|MIB-?1|EP1|HercepTest|PATHWAY)(?!\w)"
UNIT = r"(?:mut(?:ations)?s?\s?(?:/|per)\s?(?:Mb|megabase)|muts/mb|/\s?Mb|m/mb)"
_FILL = rf"(?:{'|'.join(_WORDS.fillers)})(?!\w)"
_SEPARATOR = r"(?:[ \t]{1,20}|\n[ \t]{0,12}(?=[a-z0-9(])|\.{2,60}|[:=,(\[\])\"'|/~→*]|[-–—]{1,3}>?)"

# Directly behind a marker these make it a drug's target, not a finding.
THERAPY = re.compile(rf"[\s-]?(?:{'|'.join(_WORDS.therapies)})", re.IGNORECASE)
ANTI = re.compile(r"(?:anti[\s-]?|non-)$", re.IGNORECASE)
SIGN_PLUS = re.compile(r"\s?\(\s?\+{1,3}\s?\)|\s?\+{1,3}(?![\d/]\d|[\da-z_])(?!/-)")
SIGN_MINUS = re.compile(
    r"\s?\(\s?[-–−]\s?\)|-(?=(?:PR|ER|HER-?2)(?:[+/(-]|\b(?!\w)))"
    r"|[-–−](?![\w-])(?!\s{1,2}(?:[<>~]?\d|pos|neg|not|det|wild|equiv|low|pend))",
    re.IGNORECASE,
)
GENE_SUFFIX = re.compile(r"(?:wt|mut|m|neg|pos|low)(?=\+|\b)")
ALLRED = re.compile(r"[0-8]\s?/\s?8(?!\d)")

UNKNOWN_SIGNIFICANCE = re.compile(r"\bVUS\b|(?:unknown|uncertain|undetermined)\ssignificance", re.IGNORECASE)
_KIND_OF = rf"(?:(?:{'|'.join(_WORDS.governing)})\s{{1,3}}){{0,5}}"
HEADS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (meaning, re.compile(rf"(?:{words}){_KIND_OF}$", re.IGNORECASE))
    for meaning, words in (
        ("pending", r"(?:pending|await(?:s|ing)?|f/u|follow(?:ing)?\sup(?:\son)?)[\s:]{1,2}"),
        ("loss", r"(?:loss|lost|absence|absent)\s"),
        ("intact", r"(?:intact|retained|preserved|normal)\s"),
        (
            "not positive",
            r"(?:neg(?:ative)?\s?(?:for|:)|(?<!\w)no|without|w/o|lacks?|lacking|(?<!\w)not|denies)[\s:]{1,2}",
        ),
        (
            "negative",
            r"(?:wild[\s-]?type|(?<!\w)wt|unmutated|non-?mutated|unmethylated|non-?amplified|non-?rearranged)[\s:]{1,2}",
        ),
        (
            "positive",
            r"(?:pos(?:itive)?\s?(?:for|:)|mutated|mutant|mutations?\sin|rearranged|(?<!n)(?<!un)amplified|(?<!un)methylated"
            r"|harbou?r(?:s|ing)|carries|carrier\sof|detected:|expresses|expressing)[\s:]{1,2}",
        ),
    )
)
CONNECTOR = re.compile(
    rf"(?:\s?(?P<variant>{VARIANT})|\s(?P<noun>{NOUN}))?"
    r"(?:\s?(?P<slash>/)\s?|\s?(?P<comma>[,&])\s?(?P<comma_word>and\s|or\s|nor\s)?|\s(?P<word>and|or|nor)\s)",
    re.IGNORECASE,
)
_CD = re.compile(r"(?<![A-Za-z0-9])(?:c|s)?CD[\s-]?(?P<number>\d{1,3}[a-e]?)(?![A-Za-z0-9])")
_ROOM = (
    r"(?:\b(?:the|in|to|from|via|at|our|local|nearest|went|go|an|call|per)\s$)"
    r"|^\s(?:visit|if|for|or\s|doc|MD|immediately)"
)
_MAJOR_RESPONSE = (
    r"(?:BCR|CML|vaccin|titer|measles|IS\b|molecular\sresponse)[^.;\n]{0,30}$|^\s(?:vacc|titer|achieved|\(?major)"
)
_STAINED = r"(?:CD\d{1,3}|CK\d{1,2}|TTF-?1|CDX2|GATA3|synaptophysin|PAX8)\s?(?:[+(-]|pos|neg)"
# What a word with other meanings must stand near, and what must not stand right around it; names as in marker.csv.
NEAR: dict[str, re.Pattern[str]] = {
    "breast": re.compile(r"\bER\b|estrogen|HER-?2|\bDCIS\b|receptor", re.IGNORECASE),
    "gene": re.compile(
        r"mutat|mutant|\bmut\b|NGS|exon|germline|wild|variant|GIST|melanoma|BRAF|PDGFRA|\b[A-Z]\d{2,4}[A-Z]\b"
    ),
    "sign": re.compile(rf"\bIHC\b|immuno|\bstain|\bflow\b|blast|{_STAINED}", re.IGNORECASE),
}
APART: dict[str, re.Pattern[str]] = {
    "er": re.compile(_ROOM, re.IGNORECASE),
    "alk": re.compile(r"(?:AST|ALT|bili)\W{1,3}\w{0,4}\W{0,2}$|^[\s-]?(?:phos|p\b|\.)", re.IGNORECASE),
    "mmr": re.compile(_MAJOR_RESPONSE, re.IGNORECASE),
    "idh": re.compile(r"(?:glioblastoma|GBM|astrocytoma|oligodendroglioma|glioma)[,\s]{1,3}$", re.IGNORECASE),
    "transcript": re.compile(r"BCR[^.;\n]{0,25}$"),
    "score": re.compile(r"PD[\s-]?L-?1[^.;\n]{0,45}$", re.IGNORECASE),
}


@dataclass(frozen=True)
class Named:
    """What a mention stands for: a marker, or a phrase with its own result."""

    marker: Marker | None
    phrase: MarkerPhrase | None = None


@dataclass(frozen=True, eq=False)
class BiomarkerPatterns:
    loose: re.Pattern[str]
    cased: re.Pattern[str]
    cluster: re.Pattern[str]
    named: dict[str, Named]  # keyed by mention_key for loose, by the text itself for cased
    token: re.Pattern[str]


@cache
def positional(markers: int) -> re.Pattern[str]:
    """As many results as markers, divided by slashes: ``+/+/-``, ``95%/80%/0``."""
    part = r"(\+|[-–]|pos(?:itive)?|neg(?:ative)?|low|wt|mut|[<>]?\d{1,3}\s?%?\+?|[0-3]\+)"
    return re.compile(r"[\s:=(]{0,4}" + r"\s?/\s?".join([part] * markers) + r"\s?(?:%)?(?![\w/])", re.IGNORECASE)


def mention_key(written: str) -> str:
    """Lower case without blanks and hyphens."""
    return re.sub(r"[\s-]", "", written.lower())


@cache
def compile_biomarkers(table: BiomarkerTable) -> BiomarkerPatterns:
    """The table's names and words as patterns."""
    named: dict[str, Named] = {}
    loose: list[str] = []
    cased: list[str] = []
    for marker in table.markers:
        for alias in marker.aliases:
            loose.append(alias)
            named.setdefault(mention_key(alias), Named(marker))
        for alias in marker.cased:
            cased.append(alias)
            named.setdefault(f"={alias}", Named(marker))
    for phrase in table.phrases:
        if phrase.cased:
            cased.append(phrase.phrase)
            named[f"={phrase.phrase}"] = Named(None, phrase)
        else:
            loose.append(phrase.phrase)
            named[mention_key(phrase.phrase)] = Named(None, phrase)
    words = sorted({word for kind in table.words.values() for word in kind}, key=lambda word: (-len(word), word))
    word = "|".join(re.sub(r"\\?[ -]", r"[\\s-]{1,2}", re.escape(item)) for item in words if item != "+")
    word = rf"(?:{word})(?!\w)"
    token = "|".join(
        rf"(?P<{name}>{pattern})"
        for name, pattern in (
            ("unit", UNIT),
            ("clone", CLONE),
            ("variant", VARIANT),
            ("word", word),
            ("noun", NOUN),
            ("method", METHOD),
            ("percent", PERCENT),
            ("allred", ALLRED.pattern),
            ("score", SCORE),
            ("number", NUMBER),
            ("fill", _FILL),
            ("sign", r"\(\s?(?:\+|[-–−])\s?\)|(?<=\s)\+(?=[\s,;.)/]|$)|(?<=\s)[-–−](?=\s?[,;.)]|\s?$)"),
            ("separator", _SEPARATOR),
        )
    )
    return BiomarkerPatterns(
        loose=re.compile(_mention(loose), re.IGNORECASE),
        cased=re.compile(_mention(cased)),
        cluster=_CD,
        named=named,
        token=re.compile(token, re.IGNORECASE),
    )


def _mention(aliases: Iterable[str]) -> str:
    parts = []
    for alias in sorted(set(aliases), key=lambda item: (-len(item), item)):
        body = re.sub(r"\\?[ -]", r"[\\s-]?", re.escape(alias.rstrip("-+")))
        tail = re.escape(alias[len(alias.rstrip("-+")) :])
        edge = r"(?![A-Za-z0-9])" if tail else r"(?=(?:wt|mut|m|neg|pos|low)(?![a-z])|[^A-Za-z0-9]|\Z)"
        parts.append(body + tail + edge)
    return rf"(?<![A-Za-z0-9.])(?:{'|'.join(parts)})"
