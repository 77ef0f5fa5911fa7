"""Reads stages: TNM strings, stage groups and the named systems of blood, liver and lung cancers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.extraction.clause import clause_end, clause_start, is_about_relative, is_conditional, is_earlier
from assistant.extraction.staging_pattern import (
    BARE_GROUP,
    BASIS,
    BASIS_AFTER,
    COMPONENT,
    GAP,
    GROUP,
    INTRAVENOUS,
    LEADING_EDGE,
    STAGING_CUE,
    TUMOUR_BEFORE,
    TUMOUR_BEHIND,
    StagingPatterns,
    compile_staging,
    normalise_group,
    word_key,
)
from models.fact import Staging
from models.span import Evidence, Span
from terminology.pattern import load_patterns
from terminology.staging import load_staging
from terminology.store import Terminology

_BESIDE = 90  # characters between a TNM string and the group that belongs to it
_ORDER = {"T": 0, "N": 1, "M": 2}
_BEHIND_TNM = re.compile(r"(?<![A-Za-z])[cp]?M[01X][a-d]?\W{1,4}(?:\w{1,10}\W{1,3}){0,2}$")
_SURVEILLANCE = load_patterns("diagnosis")["surveillance_note"]


@dataclass(frozen=True)
class _Component:
    prefix: str | None
    letter: str
    value: str
    span: Span


@dataclass
class _Record:
    """A staging record under construction."""

    system: str
    start: int
    end: int
    prefix: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)


def read_staging(text: str, on: date, _terminology: Terminology) -> tuple[Staging, ...]:
    """Stages stated in the note, one record for each prefix and tumour, in note order."""
    patterns = compile_staging(load_staging(on))
    diseases = _Diseases.of(text, patterns)
    records: list[_Record] = []
    for chain in _chains(text):
        for record in _split(chain):
            record.system = diseases.nearest_system(text, record.start)
            if record.system not in ("AJCC", "FIGO"):
                record.system = "AJCC"
            _add(records, record)
    groups = sorted(
        (*_named_groups(text, patterns), *_plain_groups(text, patterns, diseases)), key=lambda item: item.start
    )
    for group in _current(text, groups):
        _place_group(text, records, group)
    records.sort(key=lambda record: record.start)
    return tuple(_fact(record) for record in records)


def _chains(text: str) -> Iterator[list[_Component]]:
    """TNM strings: components in the order T, N, M with little between them."""
    at = 0
    while match := COMPONENT.search(text, at):
        at = match.end()
        if not LEADING_EDGE.match(text, match.start()):
            at = match.start() + 1
            continue
        chain = [match]
        while following := _next_component(text, chain[-1]):
            chain.append(following)
        at = chain[-1].end()
        if not _closed(text, at):
            chain.pop()
        basis = _basis_before(text, match.start())
        if chain and _is_tnm(text, chain) and not _is_elsewhere(text, match.start()):
            yield [_component(text, part, basis) for part in chain]


def _next_component(text: str, last: re.Match[str]) -> re.Match[str] | None:
    gap = GAP.match(text, last.end())
    for start in (gap.end() if gap else last.end(), last.end()):
        following = COMPONENT.match(text, start)
        if (
            following
            and _ORDER[following["letter"].upper()] > _ORDER[last["letter"].upper()]
            and _closed(text, following.end())
        ):
            return following
    return None


def _closed(text: str, end: int) -> bool:
    """No letter or digit follows, except those of the next component."""
    if end >= len(text) or not text[end].isalnum():
        return not re.match(r"-?\d|\.\d|[-/](?:weighted|L\b|T\d)", text[end : end + 10])
    return bool(COMPONENT.match(text, end))


def _is_tnm(text: str, chain: list[re.Match[str]]) -> bool:
    letters = "".join(part["letter"] for part in chain)
    if any("O" in part["value"] for part in chain) and not _is_zero_typed_as_letter(text, chain):
        return False
    if len(chain) > 1:
        return letters.isupper() or (len(chain) == 3 and letters.islower())
    only = chain[0]
    if not letters.isupper():
        return False
    if only["prefix"] in ("c", "p", "yc", "yp", "r"):
        return True
    before = text[max(0, only.start() - 30) : only.start()]
    if only["letter"] == "T" and (TUMOUR_BEFORE.search(before) or TUMOUR_BEHIND.match(text, only.end())):
        return True
    return only["prefix"] is None and bool(STAGING_CUE.search(before))


def _is_zero_typed_as_letter(text: str, chain: list[re.Match[str]]) -> bool:
    """``TO NO MX`` and ``pT3 NO.``, but not ``T2 NO EVIDENCE``."""
    last = chain[-1]
    if len(chain) == 3 or (last["prefix"] and any(part["value"][0].isdigit() for part in chain)):
        return True
    plain_end = not re.match(r"\s{1,3}[A-Za-z]", text[last.end() : last.end() + 4])
    return len(chain) == 2 and chain[0]["value"][0].isdigit() and plain_end


def _component(text: str, part: re.Match[str], basis: str | None) -> _Component:
    prefix = part["prefix"].lower() if part["prefix"] else None
    value = part["letter"].upper() + part["value"].replace("O", "0") + re.sub(r"\s", "", part["suffix"] or "")
    return _Component(prefix or basis, part["letter"].upper(), value, Span.cut(text, part.start(), part.end()))


def _split(chain: list[_Component]) -> list[_Record]:
    """One record for each prefix; a prefix governs the unprefixed components behind it."""
    records: list[_Record] = []
    for part in chain:
        if not records or part.prefix not in (None, records[-1].prefix):
            records.append(_Record("AJCC", part.span.start, part.span.end, part.prefix))
        current = records[-1]
        current.values[part.letter.lower()] = part.value
        current.spans[part.letter.lower()] = part.span
        current.end = part.span.end
    return records


def _add(records: list[_Record], new: _Record) -> None:
    """Adds a TNM record unless it repeats one; completes a record of the same prefix that lacks its components."""
    for known in records:
        if known.prefix == new.prefix or new.prefix is None:
            repeated = [letter for letter in new.values if letter in known.values]
            if all(known.values[letter].lower() == new.values[letter].lower() for letter in repeated) and (
                known.prefix == new.prefix or len(repeated) == len(new.values)
            ):
                known.values = {**new.values, **known.values}
                known.spans = {**new.spans, **known.spans}
                return
    records.append(new)


def _named_groups(text: str, patterns: StagingPatterns) -> Iterator[_Record]:
    for system, pattern in patterns.systems:
        for match in pattern.finditer(text):
            if _is_elsewhere(text, match.start()) or re.search(
                r"\bDr\.?\s$", text[max(0, match.start() - 5) : match.start()]
            ):
                continue
            group = normalise_group(match["group"])
            if system.system == "Ann Arbor":
                group = group.replace("X", "")
            yield _group(text, system.system, group, match.span("group"), match.span(), None)
    for system, pattern in patterns.risks:
        for match in pattern.finditer(text):
            name = "group" if match["group"] else "before"
            group = patterns.risk_groups[word_key(match[name])]
            yield _group(text, system.system, group, match.span(name), match.span(), None)
    if patterns.extent:
        for match in patterns.extent.finditer(text):
            name = "group" if match["group"] else "after"
            if not _is_elsewhere(text, match.start()):
                group = patterns.extent_groups[word_key(match[name])]
                yield _group(text, "VALG", group, match.span(name), match.span(), None)


def _plain_groups(text: str, patterns: StagingPatterns, diseases: _Diseases) -> Iterator[_Record]:
    """Groups with the word stage, or roman numerals with a letter beside a cancer, whose system the disease decides."""
    for match in GROUP.finditer(text):
        if _names_other_condition(text, match, patterns) or _is_elsewhere(text, match.start()):
            continue
        written = match["group"] + (match["apart"] or "")
        end = match.end("apart") if match["apart"] else match.end("group")
        if written in ("IV", "I") and INTRAVENOUS.match(text, end):
            continue
        group = normalise_group(written)
        system = diseases.nearest_system(text, match.start())
        if system == "Ann Arbor":
            group = group.replace("X", "")
        basis = _basis_letter(match["basis"]) or _basis_before(text, match.start()) or _basis_after(text, end)
        prefix = basis if system == "AJCC" else None
        yield _group(text, system, group, (match.start("group"), end), (match.start("group"), end), prefix)
    for match in BARE_GROUP.finditer(text):
        around = text[max(0, match.start() - 45) : match.start()].rpartition("\n")[2]
        behind = text[match.end() : match.end() + 45].partition("\n")[0]
        cancer = patterns.disease.search(around) or patterns.disease.search(behind)
        beside = (cancer and not patterns.other_scale.search(around)) or _BEHIND_TNM.search(around)
        if beside and not _is_elsewhere(text, match.start()):
            system = diseases.nearest_system(text, match.start())
            yield _group(text, system, normalise_group(match["group"]), match.span("group"), match.span(), None)


def _group(
    text: str, system: str, group: str, at: tuple[int, int], around: tuple[int, int], prefix: str | None
) -> _Record:
    spans = {"group": Span.cut(text, *at), "system": Span.cut(text, *around)}
    return _Record(system, around[0], around[1], prefix, {"group": group}, spans)


def _names_other_condition(text: str, match: re.Match[str], patterns: StagingPatterns) -> bool:
    """The stage of a kidney disease, a pressure injury and so on: named right before or within a few words behind."""
    before = text[max(clause_start(text, match.start()), match.start() - 28) : match.start()].lstrip()
    behind = text[match.end() : min(clause_end(text, match.end()), match.end() + 28)]
    behind = re.split(r"[,(]", behind, maxsplit=1)[0]
    before = re.split(r"[,)]", before)[-1] if not re.fullmatch(r"[^,)]{0,80}[,(]\s?", before) else before
    other = [found.end() for found in patterns.other_condition.finditer(before)]
    cancer = [found.end() for found in patterns.disease.finditer(before)]
    if other and (not cancer or cancer[-1] < other[-1]):
        return True
    first = patterns.other_condition.search(behind)
    disease = patterns.disease.search(behind)
    return bool(first and (not disease or first.start() < disease.start())) and not cancer


@dataclass(frozen=True)
class _Diseases:
    """Where the note names a disease, in order, and the staging system each goes with."""

    starts: tuple[int, ...]
    found: tuple[tuple[int, int, str], ...]

    @classmethod
    def of(cls, text: str, patterns: StagingPatterns) -> _Diseases:
        found = tuple(
            (match.start(), match.end(), patterns.disease_systems[word_key(match[0])])
            for match in patterns.disease.finditer(text)
        )
        return cls(tuple(item[0] for item in found), found)

    def nearest_system(self, text: str, at: int) -> str:
        """The system of the disease word nearest to ``at``, same line first; AJCC where none is near."""
        line_start, line_end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        line_end = line_end if line_end >= 0 else len(text)
        for low, high in ((max(line_start, at - 200), min(line_end, at + 200)), (at - 1500, at + 1500)):
            index = bisect_left(self.starts, at)
            near = [item for item in self.found[max(0, index - 1) : index + 1] if low <= item[0] and item[1] <= high]
            if near:
                return min(near, key=lambda item: at - item[1] if item[1] <= at else item[0] - at)[2]
        return "AJCC"


def _basis_letter(word: str | None) -> str | None:
    return None if not word else "c" if word.lower().startswith("c") else "p"


def _basis_before(text: str, at: int) -> str | None:
    found = BASIS.search(text[max(0, at - 60) : at])
    return _basis_letter(found["basis"]) if found else None


def _basis_after(text: str, at: int) -> str | None:
    found = BASIS_AFTER.match(text, at)
    return _basis_letter(found["basis"].removeprefix("by ")) if found else None


def _is_elsewhere(text: str, at: int) -> bool:
    return is_about_relative(text, at) or is_conditional(text, at)


def _current(text: str, groups: list[_Record]) -> list[_Record]:
    """Groups of today's tumour: a named system beats the plain reading of the same words, earlier stages give way."""
    longest: dict[int, _Record] = {}  # by the end of the group's words: readings of one group end together
    for group in groups:
        known = longest.get(group.spans["group"].end)
        if known is None or len(group.spans["system"].quote) > len(known.spans["system"].quote):
            longest[group.spans["group"].end] = group
    distinct = sorted(longest.values(), key=lambda item: item.start)
    if _SURVEILLANCE.search(text):
        return distinct
    return [group for group in distinct if not is_earlier(text, group.start) and not _was_initial(text, group)]


def _was_initial(text: str, group: _Record) -> bool:
    return bool(
        re.search(
            r"\b(?:initial(?:ly)?|original(?:ly)?)\W[^.;\n]{0,25}$", text[max(0, group.start - 40) : group.start], re.I
        )
    )


def _place_group(text: str, records: list[_Record], group: _Record) -> None:
    """Puts a group into the TNM record it stands beside, drops a repeat, else keeps it as its own record."""
    value = group.values["group"]
    beside = [
        record
        for record in records
        if "group" not in record.values
        and record.system in ("AJCC", "FIGO")
        and group.system in ("AJCC", "FIGO", "Rai", "ISS")
        and (group.prefix in (None, record.prefix) or record.prefix is None)
        and _stands_beside(text, record, group)
    ]
    if beside:
        record = min(beside, key=lambda item: item.start)
        if group.prefix and not record.prefix:
            record.prefix = group.prefix
        record.values["group"] = value
        record.spans["group"] = group.spans["group"]
        if group.system == "FIGO":
            record.system = "FIGO"
        return
    same = [record for record in records if record.values.get("group", "").lower() == value.lower()]
    if any(group.prefix in (None, record.prefix) and _same_family(record.system, group.system) for record in same):
        return
    records.append(group)


def _same_family(one: str, other: str) -> bool:
    plain = {"AJCC", "FIGO"}
    return one == other or (one in plain and other in plain)


def _stands_beside(text: str, record: _Record, group: _Record) -> bool:
    low, high = (record.end, group.start) if record.end <= group.start else (group.end, record.start)
    between = text[low:high]
    if len(between) > _BESIDE or between.count("\n") > 1:
        return False
    return not re.search(r"\.\s{1,4}[A-Z][a-z]{3,20}.{0,120}\.\s", between)


def _fact(record: _Record) -> Staging:
    if record.system not in ("AJCC",):
        record = replace(record, prefix=None if record.system != "FIGO" or "t" not in record.values else record.prefix)
    evidence = [Evidence(attribute=name, spans=(span,)) for name, span in sorted(record.spans.items())]
    if record.prefix:
        first = min(
            (span for name, span in record.spans.items() if name in "tnm"), key=lambda span: span.start, default=None
        )
        first = first or record.spans["group"]
        evidence.append(Evidence(attribute="prefix", spans=(first,)))
    return Staging(
        system=record.system,
        prefix=record.prefix,
        t=record.values.get("t"),
        n=record.values.get("n"),
        m=record.values.get("m"),
        group=record.values.get("group"),
        evidence=tuple(evidence),
    )
