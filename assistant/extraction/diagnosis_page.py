"""A note as the diagnosis readers see it: words, lexicon hits by sentence, and the standing of a hit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from assistant.extraction.context import Context, Sentence, context_of, split_sentences
from models.span import Span
from terminology.diagnosis import Condition, Entry, Hit, Ignored, Lexicon, Side, Site, Token, Word, tokenise
from terminology.drug import Drug, DrugDictionary

E = TypeVar("E", bound=Entry)

_AGE = r"\b\d{1,3}\s?(?:y/?o|yo|yrs?|years?[ -]old|Y)?\s?/?\s?"
_MALE = re.compile(
    rf"\b(?:[Mm]ale|MALE|man|gentleman)\b|\bMr\.?\s|{_AGE}M\b(?![gL])|\bM\s?/\s?\d{{2}}\b"
    rf"|\b(?:[Ss]ex|SEX|[Gg]ender)\W{{1,12}}M\b|\|\s?M\s?\|"
)
_FEMALE = re.compile(
    rf"\b(?:[Ff]emale|FEMALE|woman|Ms|Mrs|[Ss]he|[Hh]er)\b|{_AGE}F\b|\bF\s?/\s?\d{{2}}\b"
    rf"|\b(?:[Ss]ex|SEX|[Gg]ender)\W{{1,12}}F\b|\|\s?F\s?\|"
)
# Sections whose words are no statement about this patient's diseases today.
SILENT_SECTIONS = frozenset({"allergy", "education"})
_MOST_HITS = 40  # of one line: ten stand in the fullest sentences of real notes
STATING_SECTIONS = frozenset({"diagnosis", "assessment", "reason"})


@dataclass(frozen=True, slots=True)
class Line:
    """The hits of one sentence or table cell."""

    sentence: Sentence
    hits: tuple[Hit, ...]


class Page:
    """Words and hits of one note."""

    def __init__(self, text: str, lexicon: Lexicon, drugs: DrugDictionary | None = None) -> None:
        self.text = text
        self.drugs = drugs
        self.lexicon = lexicon
        self.tokens: tuple[Token, ...] = tokenise(text)
        found = lexicon.find(text, self.tokens)
        self.hits = [hit for hit in found if not isinstance(hit.entries[0], Ignored)]
        self.ignored = frozenset(hit.first for hit in found if isinstance(hit.entries[0], Ignored))
        self.named_drugs: tuple[tuple[Token, Drug], ...] | None = None  # filled by the first reader that asks
        self._contexts: dict[tuple[int, int], Context] = {}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Sentences that hold any hit, in note order; one crowded beyond anything charted counts as several."""
        found: list[Line] = []
        hits = iter(self.hits)
        hit = next(hits, None)
        for sentence in split_sentences(self.text):
            inside: list[Hit] = []
            while hit and hit.start < sentence.end:
                if hit.start >= sentence.start:
                    inside.append(hit)
                hit = next(hits, None)
            parts = (inside[first : first + _MOST_HITS] for first in range(0, len(inside), _MOST_HITS))
            found.extend(Line(sentence, tuple(part)) for part in parts)
        return tuple(found)

    @cached_property
    def male(self) -> bool:
        return bool(_MALE.search(self.text)) and not _FEMALE.search(self.text)

    def context(self, hit: Hit) -> Context:
        """Standing of a hit, read once."""
        key = (hit.start, hit.end)
        if key not in self._contexts:
            self._contexts[key] = context_of(self.text, hit.start, hit.end)
        return self._contexts[key]

    def span(self, hit: Hit) -> Span:
        return Span.cut(self.text, hit.start, hit.end)

    def quote(self, line: Line) -> str:
        return self.text[line.sentence.start : line.sentence.end]

    def between(self, left: int, right: int) -> str:
        """The text between two tokens by index."""
        return self.text[self.tokens[left].end : self.tokens[right].start]

    def states(self, hit: Hit, line: Line) -> bool:
        """True where the words around a guarded abbreviation show that a disease is meant."""
        if self.text[max(0, hit.start - 3) : hit.start].rstrip()[-1:].isdigit():
            return False  # 14 MM is a length
        if self.context(hit).section in STATING_SECTIONS:
            return True
        blood = any(condition.group in _BLOOD for condition in entries_of(hit, Condition))
        if blood and any(site.organ in _BLOOD_SITES for other in line.hits for site in entries_of(other, Site)):
            return True
        before = self.text[max(line.sentence.start, hit.start - 24) : hit.start].lower()
        after = self.text[hit.end : hit.end + 24].lower()
        return bool(_DISEASE_BEFORE.search(before) or _DISEASE_AFTER.match(after))


_BLOOD = frozenset({"leukemia", "lymphoma", "myeloma", "myeloid"})
_BLOOD_SITES = frozenset({"lymph node", "spleen", "bone marrow"})
_DISEASE_BEFORE = re.compile(
    r"(?:\bwith|\bw/|\bfor|\bhas|\bhx|\bh/o|\bof|relapsed|refractory|r/r|diagnosed"
    r"|kappa|lambda|\bigg|\biga|b-|t-|severe|active"
    r"|\bdx|mod(?:erate)?|newly|grade \d[ab]?|stage [iv]+[ab]?|high-risk|standard-risk)\W{1,3}$"
)
_DISEASE_AFTER = re.compile(
    r"\W{1,3}(?:in remission|in relapse|relapse|stage|grade|gr\b|s/p|dx|on |here for"
    r"|flare|patient|pt\b|\(?igg|\(?kappa|\(?lambda)"
)


def entries_of(hit: Hit, kind: type[E]) -> tuple[E, ...]:
    """The readings of a hit that are of one kind."""
    return tuple([entry for entry in hit.entries if isinstance(entry, kind)])


def word_of(hit: Hit, kind: str) -> Word | None:
    """The function word of one kind that a hit is, if any."""
    for entry in hit.entries:
        if isinstance(entry, Word) and entry.kind == kind:
            return entry
    return None


def site_of(hit: Hit, *, organ: str | None = None) -> Site | None:
    """The site a hit names (of one organ, where given)."""
    return next((site for site in entries_of(hit, Site) if organ in (None, site.organ)), None)


def words_in(hits: Sequence[Hit], kind: str) -> Iterator[tuple[Hit, Word]]:
    for hit in hits:
        word = word_of(hit, kind)
        if word:
            yield hit, word


def side_of(page: Page, hit: Hit) -> Side:
    """The side a hit names, None where a letter L or R is a unit, an initial or part of a name such as R-CHOP."""
    word = word_of(hit, "side")
    if word is None:
        return None
    if hit.end - hit.start == 1:
        after = page.text[hit.end : hit.end + 1]
        before = page.text[max(0, hit.start - 2) : hit.start]
        if (
            after in ".'"
            or after.isdigit()
            or (after == "-" and page.text[hit.end + 1 : hit.end + 2].isalnum())
            or before.strip()[-1:].isdigit()
        ):
            return None
    return word.value  # type: ignore[return-value]
