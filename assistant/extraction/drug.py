"""Drug names in a note, in one pass with the whole dictionary; brand and generic side by side are one mention."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick

from assistant.intake.fold import fold
from terminology.drug import Alias, Drug, DrugDictionary

# "rituximab-abbs (Truxima)", "Remicade / infliximab": what may stand between two names of one drug.
_BETWEEN_NAMES = re.compile(
    r"(?:[^\S\n]{0,2}|\s{1,2}(?=[(\[]))(?:[(\[/,=-]\s{0,2})?(?:brand[: ]{0,2}|generic[: ]{0,2})?"
)
_BETWEEN_PARTS = re.compile(r"[\s\d.,]{1,12}mg\s{0,2}[/+&]\s{0,2}[a-z]{0,24}[\s\d.,]{1,12}(?:mg)?\s{0,2}\(?")
_PART_OF_BRAND = re.compile(
    r"[\s\d.,]{0,12}(?:mg|units?)?[\s,/+&(-]{1,5}(?:and\s)?(?:[\d.,]{1,7}\s?(?:mg|units?)\s)?(?:of\s)?"
)
_AFTER_NAME = re.compile(r"\s?[)\]]")
_SUFFIX = re.compile(r"-[a-z]{4}(?![a-z0-9-])")  # the suffix of a biologic that the dictionary names without
_WORD = re.compile(r"(?<![A-Za-z])(?<![A-Za-z]-)[A-Za-z]{6,24}(?![A-Za-z])")
_DOSE_NEAR = re.compile(
    r"\d\s?-?(?:mg|mcg|ug|g|gm|units?|u|meq|ml|l|liters?|iu|mu)\b|\d{2,4}\s?cc\b|\s\d{1,4}(?:\.\d+)?\s(?:ivpb?|iv|po|im|sc|sq)\b|hydrat|bolus|\d{4}\s?-\s?\d{4}"
)
_BLOOD_NEAR = re.compile(r"apheresis|transfus|irradiated|leuko|pheresis|\birr\b|\bunits?\b|\border\b")
# Names that say what a thing is about rather than that it was given: "5-FU-induced", "cisplatin toxicity".
_NOT_A_DRUG_AFTER = re.compile(
    r"-?(?:induced|related|associated|naive|refractory|resistant|sensitive|eligible|based)\b|\s(?:allergy|toxicity|level|trough|deficien)",
)
# A short form counts only with a dose close by: "mag 1 g", "20 mEq kcl".
_DOSE_DISTANCE = 22


@dataclass(frozen=True, slots=True)
class DrugMention:
    """A drug named at ``start:end``; ``written`` keeps brand and generic together, ``route`` what the name implies."""

    start: int
    end: int
    drug: str
    written: str
    brand: bool
    route: str | None
    corrected: bool = False  # a misspelling


@lru_cache(maxsize=2)
def _automaton(dictionary: DrugDictionary) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for alias in dictionary.aliases():
        text = fold(alias.text)
        automaton.add_word(text, (len(text), alias))
    automaton.make_automaton()
    return automaton


def find_drugs(text: str, dictionary: DrugDictionary) -> tuple[DrugMention, ...]:
    """Every drug name of ``text`` in order, longest reading first, none overlapping."""
    folded = fold(text)
    hits: list[tuple[int, int, Alias]] = []
    for last, (length, alias) in _automaton(dictionary).iter(folded):
        start, end = last - length + 1, last + 1
        if _inside_word(folded, start, end) or _NOT_A_DRUG_AFTER.match(folded, end):
            continue
        if (
            alias.ambiguous
            and not _DOSE_NEAR.search(folded, max(0, start - _DOSE_DISTANCE), min(len(folded), end + _DOSE_DISTANCE))
            and not folded.startswith((":", " -"), end)
            and "hydrat" not in folded[end : end + 2 * _DOSE_DISTANCE]
            and not _BLOOD_NEAR.search(folded, end, min(len(folded), end + 2 * _DOSE_DISTANCE))
        ):
            continue
        hits.append((start, end, alias))
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    mentions: list[DrugMention] = []
    for start, end, alias in hits:
        if mentions and start < mentions[-1].end:
            continue
        suffix = _SUFFIX.match(folded, end)
        end = suffix.end() if suffix else end
        mention = DrugMention(start, end, alias.drug, text[start:end], alias.brand, alias.route)
        joined = _join(mentions[-1], mention, text, dictionary) if mentions else None
        if joined:
            mentions[-1] = joined
        else:
            mentions.append(mention)
    return tuple(mentions)


def find_misspelt(text: str, start: int, end: int, dictionary: DrugDictionary) -> DrugMention | None:
    """A misspelt drug name in a stretch that holds a dose but no known drug."""
    folded = fold(text[start:end])
    if not _DOSE_NEAR.search(folded):
        return None
    for match in _WORD.finditer(folded):
        corrected = dictionary.correct(match.group())
        alias = dictionary.alias(corrected) if corrected else None
        if alias:
            left, right = start + match.start(), start + match.end()
            return DrugMention(left, right, alias.drug, text[left:right], alias.brand, alias.route, True)
    return None


def _inside_word(folded: str, start: int, end: int) -> bool:
    before = folded[start - 1] if start else " "
    after = folded[end] if end < len(folded) else " "
    return before.isalnum() or after.isalnum() or (before == "-" and folded[start - 2 : start - 1].isalpha())


def _join(first: DrugMention, second: DrugMention, text: str, dictionary: DrugDictionary) -> DrugMention | None:
    """One mention of two neighbouring names of one family: the more specific name stands, both words are kept."""
    gap = fold(text[first.end : second.start])
    if second.drug.startswith(f"{first.drug}-") and _BETWEEN_PARTS.fullmatch(gap):
        # "nivolumab 480 mg / relatlimab 160 mg (Opdualag)": the parts of one product, then its name.
        closing = _AFTER_NAME.match(text, second.end)
        end = closing.end() if closing and "(" in gap else second.end
        return DrugMention(first.start, end, second.drug, text[first.start : end], True, second.route)
    if second.drug in first.drug.split("-")[:-1] + first.drug.split("-")[1:] and _PART_OF_BRAND.fullmatch(gap):
        # "Phesgo 600 mg pertuzumab / 600 mg trastuzumab": the brand, then its parts.
        return DrugMention(
            first.start, second.end, first.drug, text[first.start : second.end], first.brand, first.route
        )
    if not _BETWEEN_NAMES.fullmatch(gap):
        return None
    one, two = dictionary.get(first.drug), dictionary.get(second.drug)
    if one is None or two is None or one.ingredient != two.ingredient:
        return None
    end = second.end
    if text[first.end : second.start].strip()[:1] in ("(", "["):
        closing = _AFTER_NAME.match(text, end)
        end = closing.end() if closing else end
    chosen = _more_specific(one, two)
    return DrugMention(
        first.start, end, chosen.name, text[first.start : end], first.brand or second.brand, first.route or second.route
    )


def _more_specific(one: Drug, two: Drug) -> Drug:
    """A biosimilar or co-formulation says more than its bare ingredient."""
    return two if len(two.name) > len(one.name) else one
