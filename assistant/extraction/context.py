"""Standing of a mention: negated, historical, uncertain, family, hypothetical, or of an earlier cycle.

ConText (medspaCy) runs only on the one sentence or table cell that holds the mention, and only where that sentence
holds a
cue at all; spaCy is imported at the first such sentence. Sentences come from our own splitter for nursing notes:
table cells,
bullets and labelled fields end a sentence, wrapped prose lines do not. Offsets always point into the original text.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from assistant.extraction.clause import is_about_relative
from models.span import Span
from terminology.context import load_cues, load_labels
from terminology.pattern import load_patterns

if TYPE_CHECKING:
    from spacy.language import Language

_FULL_STOP = re.compile(
    r"(?<!\b[A-Za-z])(?<!\b[DMS][rst])(?<!\bMrs)(?<!\b[RL]t)(?<!\b[Nn]eg)(?<!\b[Pp]os)(?<!\bapprox)(?<!\bvs)(?<!\b[Pp]t)(?<!\b[Hh]x)(?<!\best)"
    r"[.!?](?=[\s\"')\]]|$)"
)
_BREAK = re.compile(
    r";|\s\|\s?|\||\t|\s//\s|\s\*\s|(?<=\s)--(?=\s)|(?<=[\s,])\d{1,2}[.)]\s(?=[A-Za-z])|(?<=\s)#\d{1,2}\s"
)
_BULLET = re.compile(r"[ \t]{0,80}(?:[-*•>+=#]{1,3}|\d{1,2}[.)]|\(\d{1,2}\)|\[[ xX]?\])[ \t]")
_TABLE = re.compile(r"[|\t]|[^ ] {3,}[^ ]")
_LABEL_WORDS = r"[A-Za-z][A-Za-z0-9/&' .?-]{0,34}?"
_LABEL_LINE = re.compile(
    rf"[\s|*#>\"'-]{{0,6}}({_LABEL_WORDS})\**(?: ?\([^()\n]{{1,60}}\)(?=:))?"
    rf"[ \t]{{0,12}}(?::|={{1,2}}|\.{{2,40}}|\||\t|\s[-–—]{{1,2}}\s|  |$)"
)
_LABEL_SIGN = re.compile(r"[ ]{0,2}(?::|=(?=\"))")
# "Pre-chemo assessment:" is not the provider's assessment: these labels are everyday words behind another word.
_PLAIN_WORDS = frozenset(
    {"assessment", "plan", "subjective", "examination", "order", "past", "reaction", "administrative"}
)
_FIELD = re.compile(r"\s{0,12}[a-z][a-z /]{1,20}[:=]")  # "orders: ...", a field in lower case, carries nothing on
_WORD_BEFORE = re.compile(r"[a-z] $")
_NO_BEHIND_LABEL = re.compile(
    r"[:–-]\s{0,2}(?P<no>no|denies|denied|neg for)\s(?:[\w/-]{1,20}(?:,\s?|\s)(?!but\b|except\b)){0,7}$", re.IGNORECASE
)
# A box belongs to the words right behind it: the last box before a mention, with no wide gap between.
_EMPTY_BOX = re.compile(r"(?P<box>\[[ _]{0,3}\]|\( {1,3}\)|☐)[ ]{0,2}(?:[\w/+-]{1,20}[ ,]{1,2}){0,5}$")
_BOX_REACH = 70
_LABEL_LENGTH = 4  # words
_LONGEST = 600  # characters: a line without any stop is cut, so that every reader stays linear in the note
_NESTED = 40  # labels inside one labelled line, at most


@dataclass(frozen=True, slots=True)
class Sentence:
    """A half-open stretch of the note that is read as one sentence or table cell."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """The reach of a label: ``kind`` as in the label table, ``labelled`` where its text begins."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Context:
    """What the words around a mention make of it. ``cues`` are (category, start, end) into the note."""

    negated: bool = False
    historical: bool = False
    uncertain: bool = False
    family: bool = False
    hypothetical: bool = False
    prior: bool = False
    section: str | None = None
    cues: tuple[tuple[str, int, int], ...] = ()

    @property
    def affirmed(self) -> bool:
        """The mention is about this patient, now, and certain."""
        return not (self.negated or self.historical or self.uncertain or self.family or self.hypothetical or self.prior)

    def cue(self, text: str, category: str | None = None) -> Span | None:
        """The words that decided, None where none did."""
        found = next(((start, end) for name, start, end in self.cues if category in (None, name)), None)
        return Span.cut(text, *found) if found else None


_FLAGS = {
    "NEGATED": "negated",
    "HISTORICAL": "historical",
    "UNCERTAIN": "uncertain",
    "FAMILY": "family",
    "HYPOTHETICAL": "hypothetical",
    "PRIOR": "prior",
}


def context_of(text: str, start: int, end: int) -> Context:
    """Standing of ``text[start:end]`` within its sentence and section."""
    section = section_at(text, start)
    sentence = sentence_at(text, start)
    cues = _cues(text, sentence, start, min(end, sentence.end))
    if not any(category == "NEGATED" for category, _, _ in cues):
        cues = (*cues, *_plain_no(text, sentence, start))
    flags = {_FLAGS[category]: True for category, _, _ in cues if category in _FLAGS}
    if section == "family" and not _is_own(text, sentence):
        flags["family"] = True
    return Context(section=section, cues=cues, **flags)


def _is_own(text: str, sentence: Sentence) -> bool:
    """A later sentence of a family history line that speaks of the patient's own treatment or stage."""
    first = text.rfind("\n", 0, sentence.start) + 1
    before = text[first : sentence.start]
    own = load_patterns("diagnosis")["own_disease"].search(text, sentence.start, sentence.end)
    return "." in before and own is not None and not is_about_relative(text, own.start())


def _plain_no(text: str, sentence: Sentence, start: int) -> tuple[tuple[str, int, int], ...]:
    """The "no" of "condition: no headache or nausea", which ConText reads as the answer to the label, and the empty
    box before an item of a checklist.
    """
    before = text[sentence.start : start]
    match = _NO_BEHIND_LABEL.search(before)
    if match:
        return (("NEGATED", start - len(before) + match.start("no"), start - len(before) + match.end("no")),)
    box = _EMPTY_BOX.search(text, max(0, start - _BOX_REACH), start)
    return (("NEGATED", box.start("box"), box.end("box")),) if box else ()


def sentence_at(text: str, offset: int) -> Sentence:
    """The sentence or cell that holds ``offset``."""
    sentences = split_sentences(text)
    index = bisect_right(_sentence_starts(text), offset) - 1
    return sentences[max(index, 0)] if sentences else Sentence(0, len(text))


def section_at(text: str, offset: int) -> str | None:
    """Kind of the innermost labelled section at ``offset``."""
    sections = read_sections(text)
    index = bisect_right(_section_starts(text), offset)
    nearest = reversed(sections[max(0, index - _NESTED) : index])
    return next((section.kind for section in nearest if offset < section.end), None)


@lru_cache(maxsize=8)
def _sentence_starts(text: str) -> tuple[int, ...]:
    return tuple(sentence.start for sentence in split_sentences(text))


@lru_cache(maxsize=8)
def _section_starts(text: str) -> tuple[int, ...]:
    return tuple(section.start for section in read_sections(text))


@lru_cache(maxsize=8)
def split_sentences(text: str) -> tuple[Sentence, ...]:
    """Sentences and table cells in note order; white space between them belongs to none."""
    return tuple(
        sentence
        for start, end in _blocks(text)
        for sentence in _pieces(text, start, end)
        if text[sentence.start : sentence.end].strip()
    )


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Lines, with wrapped prose lines joined to the line they continue."""
    start: int | None = None
    end = 0
    for line_start, line_end in _lines(text):
        if start is not None and _continues(text, end, line_start, line_end):
            end = line_end
            continue
        if start is not None:
            yield start, end
        start, end = line_start, line_end
    if start is not None:
        yield start, end


def _lines(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for line in text.splitlines(keepends=True):
        yield position, position + len(line.rstrip("\r\n"))
        position += len(line)


def _continues(text: str, previous_end: int, start: int, end: int) -> bool:
    line = text[start:end]
    head = line.lstrip()[:1]
    before = text[max(0, previous_end - 1) : previous_end]
    if not head or not before.strip() or before in ".;:|!?":
        return False
    if _BULLET.match(line) or _TABLE.search(line) or _FIELD.match(line) or line.lstrip()[:4].isdigit():
        return False
    return head.islower() or head in "(," or before in ",(&/+"


def _pieces(text: str, start: int, end: int) -> Iterator[Sentence]:
    block = text[start:end]
    cuts = sorted(
        {match.end() for match in _FULL_STOP.finditer(block)}
        | {match.start() for match in _BREAK.finditer(block) if not _closes_bracket(block, match)}
    )
    position = 0
    for cut in (*cuts, len(block)):
        while cut - position > _LONGEST:
            space = block.rfind(" ", position + _LONGEST // 2, position + _LONGEST)
            middle = space if space > 0 else position + _LONGEST
            yield Sentence(start + position, start + middle)
            position = middle
        if cut > position:
            yield Sentence(start + position, start + cut)
            position = cut


def _closes_bracket(block: str, match: re.Match[str]) -> bool:
    """True for the "8)" of "(plt 8) due to": no list number."""
    before = block[max(0, match.start() - 60) : match.start()]
    return ")" in match[0] and before.rfind("(") > before.rfind(")")


@lru_cache(maxsize=8)
def read_sections(text: str) -> tuple[Section, ...]:
    """Labelled sections: a line label reaches to the next line label or blank line, a label inside a line to the
    next label.
    """
    labels = load_labels()
    found: list[Section] = []
    opened: tuple[str, int] | None = None
    for start, end in _lines(text):
        line = text[start:end]
        match = _LABEL_LINE.match(line)
        kind = labels.get(match[1].strip().lower()) if match else None
        if opened and (kind or not line.strip() or _is_foreign_label(line, match)):
            found.append(Section(opened[0], opened[1], start))
            opened = None
        if kind and match:
            opened = (kind, start + match.end())
        inside = _labels_inside(line)
        for index, (inner, offset) in enumerate(inside):
            stop = inside[index + 1][1] if index + 1 < len(inside) else len(line)
            found.append(Section(inner, start + offset, start + stop))
    if opened:
        found.append(Section(opened[0], opened[1], len(text)))
    return tuple(sorted(found, key=lambda section: section.start))


def _labels_inside(line: str) -> list[tuple[str, int]]:
    """(kind, end) of the labels before a colon, or before an equals sign with a quote, anywhere in a line."""
    labels = load_labels()
    found = []
    for sign in _LABEL_SIGN.finditer(line):
        words = line[max(0, sign.start() - 40) : sign.start()].split(" ")[-_LABEL_LENGTH:]
        names = (" ".join(words[first:]).strip('|\t("#*').lower() for first in range(len(words)))
        name = next((name for name in names if name in labels), "")
        before = line[: sign.start() - len(name)]
        kind = labels.get(name)
        if kind and not (kind in _PLAIN_WORDS and _WORD_BEFORE.search(before)):
            found.append((kind, sign.end()))
    return found


def _is_foreign_label(line: str, match: re.Match[str] | None) -> bool:
    """A label that the table does not know still ends the section before it."""
    return match is not None and ":" in line[match.end(1) : match.end()]


def _cues(text: str, sentence: Sentence, start: int, end: int) -> tuple[tuple[str, int, int], ...]:
    words = text[sentence.start : sentence.end]
    if end <= start or not _may_hold_cue(words):
        return ()
    doc, modifiers = _read_cues(words)
    target = doc.char_span(start - sentence.start, end - sentence.start, label="MENTION", alignment_mode="expand")
    if target is None:
        return ()
    found = []
    for modifier in modifiers:
        if modifier.modifies(target):
            first, last = modifier.modifier_span
            span = doc[first:last]
            category = str(modifier.category).upper()
            found.append((category, sentence.start + span.start_char, sentence.start + span.end_char))
    return tuple(sorted(found, key=lambda cue: cue[1]))


@lru_cache(maxsize=8)  # the mentions of one sentence come one after the other
def _read_cues(words: str) -> tuple[Any, tuple[Any, ...]]:
    """The words of one sentence as a document, and the cues in it with their scopes."""
    nlp, context = _pipeline()
    doc: Any = nlp.make_doc(words)
    for token in doc:
        token.is_sent_start = token.i == 0
    context(doc)
    return doc, tuple(doc._.context_graph.modifiers)


@cache
def _cue_heads() -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """All cues without their blanks: by the first word, and those that begin with a sign."""
    words = [cue.text.lower() for cue in load_cues() if cue.direction in {"FORWARD", "BACKWARD", "BIDIRECTIONAL"}]
    heads: dict[str, tuple[str, ...]] = {}
    for word in words:
        if match := re.match(r"[a-z]+", word):
            heads[match[0]] = (*heads.get(match[0], ()), word.replace(" ", ""))
    return heads, tuple(word.replace(" ", "") for word in words if not word[0].isalpha())


@lru_cache(maxsize=8)
def _may_hold_cue(words: str) -> bool:
    """Whether a cue can stand in the words: cheap, and never wrongly no."""
    heads, signs = _cue_heads()
    lower = words.lower()
    packed = "".join(lower.split())
    begun = (cue for word in re.findall(r"[a-z]+", lower) for cue in heads.get(word, ()))
    return any(cue in packed for cue in begun) or any(sign in packed for sign in signs)


# What spaCy and medspaCy import for parts that are never used here: their command line, the UMLS matcher with NLTK, the
# sentence splitter. Together a third of a second of a cold start.
_UNUSED = {
    "spacy.cli": (),
    "spacy.cli.info": ("info",),
    "quickumls": ("spacy_component",),
    "PyRuSH": ("PyRuSHSentencizer",),
}


@contextmanager
def _without_unused() -> Iterator[None]:
    """Empty stand-ins for the unused modules while the libraries load; none stays behind."""
    put = [name for name in _UNUSED if name not in sys.modules]
    for name in put:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(dict.fromkeys(_UNUSED[name]))
    try:
        yield
    finally:
        for name in put:
            del sys.modules[name]


@cache
def _pipeline() -> tuple[Language, Any]:
    # Imported here: the cold command line answers notes without any cue without paying a second for spaCy.
    with _without_unused():
        import spacy
        from medspacy.context import ConText, ConTextRule

    nlp = spacy.blank("en")
    context = ConText(nlp, rules=None, span_attrs=None)
    context.add(
        [
            ConTextRule(literal=cue.text, category=cue.category, direction=cue.direction, max_scope=cue.scope)
            for cue in load_cues()
        ]
    )
    return nlp, context
