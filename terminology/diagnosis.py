"""The diagnosis lexicon: the words a note uses for a disease, and the ICD-10-CM code that words and site lead to.

Rows live in ``terminology/data/diagnosis/2026`` (see SOURCE.md there). All terms are searched in one pass over the
words of a note
(longest term first). Codes are templates: ``#`` is the side, ``@`` the sex character of a breast code.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

Side = Literal["left", "right", "bilateral", None]

_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿβ]+(?:['’]s(?![a-z]))?|\d+[A-Za-z]*")
_GAP = re.compile(r"[ \t/&+'’–-]{0,4}(?:\n[ \t]{0,40})?[/-]?")
_GAP_WITH_COMMA = re.compile(r",?[ \t/&+'’(–-]{0,4}(?:\n[ \t]{0,40})?[/-]?")
_SHORT = 5  # letters of an abbreviation whose small letters matter
_SIDES: dict[Side, int] = {None: 0, "right": 1, "left": 2, "bilateral": 3}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the note: lower case, as written, and where."""

    word: str
    raw: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Site:
    """An organ or a part of it. ``alone``: "1" names the organ by itself, "head" only before a tumour word, ""
    only beside its organ.
    """

    organ: str
    subsite: str
    side: Side
    alone: str


@dataclass(frozen=True, slots=True)
class Neoplasm:
    """A tumour word: the table its codes stand in, and the organ it implies (``default`` strong or weak)."""

    table: str
    organ: str
    subsite: str
    default: str
    skin: str
    vague: bool = False  # names no histologic type: worth a query


@dataclass(frozen=True, slots=True)
class Condition:
    """A disease that needs no site. ``axis`` names what its last character or cause depends on."""

    name: str
    code: str
    axis: str
    extra: str
    group: str
    accept: str
    gap: str = ""  # the kind of hole that the bare name leaves


@dataclass(frozen=True, slots=True)
class Word:
    """A function word of diagnosis language: a side, a metastasis word, a remission word, a cause ..."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A fixed phrase that holds disease or organ words without naming a disease ("cancer center", "liver enzymes")."""


Entry = Site | Neoplasm | Condition | Word | Ignored


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found: tokens ``first`` to ``last`` (inclusive) and what it may mean. ``guarded``: counts only in a
    diagnosis context.
    """

    first: int
    last: int
    start: int
    end: int
    entries: tuple[Entry, ...]
    guarded: bool


@dataclass(frozen=True, slots=True)
class _Term:
    raw: tuple[str, ...]
    entry: Entry
    guarded: bool


def tokenise(text: str) -> tuple[Token, ...]:
    """The words of ``text`` with their offsets."""
    return tuple(Token(m[0].lower().replace("’", "'"), m[0], m.start(), m.end()) for m in _WORD.finditer(text))


class Lexicon:
    """All rows of one edition, searchable by words and by site."""

    def __init__(self) -> None:
        self._terms: dict[str, dict[tuple[str, ...], list[_Term]]] = {}
        self._lengths: dict[str, int] = {}
        self._codes: dict[tuple[str, str, str], tuple[str, str, bool]] = {}
        self.conditions: dict[str, Condition] = {}
        self._causes: dict[tuple[str, str], tuple[str, str]] = {}
        self._qualifiers: dict[str, list[tuple[list[str], str]]] = {}
        self._load()

    def find(self, text: str, tokens: Sequence[Token]) -> list[Hit]:
        """Terms in note order, longest first, without overlap."""
        hits: list[Hit] = []
        index = 0
        while index < len(tokens):
            hit = self._hit_at(text, tokens, index)
            if hit:
                hits.append(hit)
                index = hit.last + 1
            else:
                index += 1
        return hits

    def code(self, table: str, organ: str, subsite: str = "", side: Side = None, *, male: bool = False) -> str | None:
        """The code of a site, None where the table has no such row. A side the code cannot show is left out."""
        row = self._codes.get((table, organ, subsite))
        if row is None:
            return None
        template, sides, _ = row
        index = _SIDES[side] if _SIDES[side] < len(sides) else 0
        return template.replace("@", "2" if male else "1").replace("#", sides[index] if sides else "")

    def has_side(self, table: str, organ: str, subsite: str = "", side: Side = None) -> bool:
        """True where the code of this site shows a side (or, with ``side``, this very one)."""
        row = self._codes.get((table, organ, subsite))
        return row is not None and len(row[1]) > _SIDES[side]

    def wants_subsite(self, table: str, organ: str) -> bool:
        """True where an unspecified part of the organ is worth a query."""
        row = self._codes.get((table, organ, ""))
        return row is not None and row[2]

    def has_row(self, table: str, organ: str, subsite: str = "") -> bool:
        return (table, organ, subsite) in self._codes

    def caused(self, condition: str, cause: str) -> tuple[str, str] | None:
        """(code or "" for unchanged, further code or "") of a condition with a stated cause."""
        return self._causes.get((condition, cause)) or self._causes.get(("*", cause))

    def qualified(self, condition: Condition, sentence: str) -> Condition:
        """The more specific condition that words of the same sentence make of ``condition``."""
        words = sentence.lower()
        for qualifiers, name in self._qualifiers.get(condition.name, ()):
            if any(qualifier in words for qualifier in qualifiers):
                return self.qualified(self.conditions[name], sentence)
        return condition

    def _hit_at(self, text: str, tokens: Sequence[Token], index: int) -> Hit | None:
        heads = [tokens[index].word]
        if len(heads[0]) > 3 and heads[0].endswith("s"):
            heads.append(heads[0][:-1])
        for head in heads:
            if head not in self._terms:
                continue
            longest = min(self._lengths[head], len(tokens) - index)
            for length in range(longest, 0, -1):
                found = self._terms_at(text, tokens, index, length, head)
                if found:
                    last = index + length - 1
                    return Hit(
                        index,
                        last,
                        tokens[index].start,
                        tokens[last].end,
                        tuple(dict.fromkeys(term.entry for term in found)),
                        all(term.guarded for term in found),
                    )
        return None

    def _terms_at(self, text: str, tokens: Sequence[Token], index: int, length: int, head: str) -> list[_Term]:
        words = tokens[index : index + length]
        key = (head, *(token.word for token in words[1:]))
        terms = self._terms[head].get(key)
        if terms is None and len(key[-1]) > 3 and key[-1].endswith("s"):
            terms = self._terms[head].get((*key[:-1], key[-1][:-1]))
        if not terms:
            return []
        gaps = [text[left.end : right.start] for left, right in pairwise(words)]
        plain = all(_GAP.fullmatch(gap) for gap in gaps)
        with_comma = plain or all(_GAP_WITH_COMMA.fullmatch(gap) for gap in gaps)
        return [
            term
            for term in terms
            if (plain or (with_comma and _may_hold_comma(term.entry)))
            and all(_same_case(written, token.raw) for written, token in zip(term.raw, words, strict=False))
        ]

    def _load(self) -> None:
        for row in _rows("site_code.csv"):
            self._codes[row["table"], row["organ"], row["subsite"]] = (row["code"], row["sides"], row["gap"] == "1")
        for row in _rows("site_term.csv"):
            side: Side = row["side"] or None  # type: ignore[assignment]
            self._add(row["terms"], Site(row["organ"], row["subsite"], side, row["alone"]))
        for row in _rows("neoplasm.csv"):
            self._add(row["terms"], _neoplasm(row))
        for row in _rows("condition.csv"):
            condition = Condition(
                row["condition"], row["code"], row["axis"], row["extranodal"], row["group"], row["accept"], row["gap"]
            )
            self.conditions[condition.name] = condition
            self._add(row["terms"], condition)
        for row in _rows("condition_qualifier.csv"):
            self._qualifiers.setdefault(row["condition"], []).append((row["words"].split("|"), row["becomes"]))
        for row in _rows("word.csv"):
            self._add(row["terms"], Word(row["kind"], row["value"]))
        for row in _rows("ignored.csv"):
            self._add(row["terms"], Ignored())
        for row in _rows("condition_cause.csv"):
            self._causes[row["condition"], row["cause"]] = (row["code"], row["also"])

    def _add(self, terms: str, entry: Entry) -> None:
        for term in filter(None, terms.split("|")):
            guarded = term.startswith("!")
            raw = tuple(match[0] for match in _WORD.finditer(term.lstrip("!")))
            key = tuple(word.lower() for word in raw)
            self._terms.setdefault(key[0], {}).setdefault(key, []).append(_Term(raw, entry, guarded))
            self._lengths[key[0]] = max(self._lengths.get(key[0], 0), len(key))


def _neoplasm(row: dict[str, str]) -> Neoplasm:
    vague = row["gap"] == "unspecified-histology"
    return Neoplasm(row["table"], row["organ"], row["subsite"], row["default"], row["skin"], vague)


def _may_hold_comma(entry: Entry) -> bool:
    return isinstance(entry, Condition | Neoplasm) or (isinstance(entry, Word) and entry.kind == "secondary")


def _same_case(written: str, raw: str) -> bool:
    """A term word in small letters matches any case, one with capitals only itself or all capitals."""
    if written.islower() or written.isdigit():
        return True
    raw = raw[:-1] if raw.endswith("s") and raw[:-1].isupper() and not written.endswith("s") else raw
    # PSA is no PsA and CAP no CaP: only long words may be shouted.
    return raw == written or (len(raw) > _SHORT and raw == written.upper())


@cache
def open_lexicon() -> Lexicon:
    """The shipped lexicon, read once per process."""
    return Lexicon()


def _rows(name: str) -> Iterator[dict[str, str]]:
    source = files("terminology").joinpath(f"data/diagnosis/2026/{name}").read_text(encoding="utf-8")
    yield from csv.DictReader(source.splitlines())


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of diagnosis coding: where it is written, and what it says."""

    citation: str
    statement: str


@cache
def load_status_codes(kind: str) -> dict[tuple[str, str], str]:
    """(key, value) to the code, or the last character of one, of a kind of status: receptor, susceptibility,
    endocrine, history, family, lymphoma nodes, ...
    """
    return {(row["key"], row["value"]): row["code"] for row in _rows("status.csv") if row["kind"] == kind}


@cache
def load_words(name: str) -> frozenset[str]:
    """A plain list of words of the readers, in small letters."""
    return frozenset(word for row in _rows("word_list.csv") if row["list"] == name for word in row["words"].split("|"))


@cache
def load_rules() -> dict[str, Rule]:
    """Rule id to citation and statement."""
    return {row["rule"]: Rule(row["citation"], row["statement"]) for row in _rows("rule.csv")}


@cache
def load_supports() -> dict[tuple[str, str], tuple[str, ...]]:
    """("drug" or "kind", name) to the code prefixes it treats, in order of preference."""
    return {(row["scope"], row["name"]): tuple(row["codes"].split("|")) for row in _rows("support.csv")}


@cache
def load_excludes() -> tuple[tuple[str, str], ...]:
    """(prefix that stands, prefix that falls beside it)."""
    return tuple((row["keep"], row["drop"]) for row in _rows("exclude.csv"))
