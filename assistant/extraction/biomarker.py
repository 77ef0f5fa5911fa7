"""Reads biomarkers: which marker, with which result, by which method, at which value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from assistant.extraction.biomarker_pattern import (
    ANTI,
    APART,
    CONNECTOR,
    GENE_SUFFIX,
    HEADS,
    NEAR,
    SIGN_MINUS,
    SIGN_PLUS,
    THERAPY,
    UNKNOWN_SIGNIFICANCE,
    BiomarkerPatterns,
    compile_biomarkers,
    mention_key,
    positional,
)
from assistant.extraction.biomarker_result import MOLECULAR_KINDS, Finding, Token, decide, flip
from assistant.extraction.clause import clause_end, clause_start, is_about_relative, is_conditional, is_over_for_sure
from models.fact import Biomarker
from models.span import Evidence, Span
from terminology.biomarker import BiomarkerTable, Marker, MarkerPhrase, load_biomarkers
from terminology.store import Terminology

_REACH = 110  # characters behind a marker in which its result is looked for
_TOKENS = 40
_POSITIONS = 8  # longest list whose results stand in the order of its markers
_WHOLE_TEST = re.compile(r"(?:signatera|clonoseq|ctDNA|natera)", re.IGNORECASE)
_FOR_SOMETHING_ELSE = re.compile(
    r"\s{1,2}for\s(?!(?:rearrangement|mutation|amplification|alteration|fusion|any|both|expression|loss)s?)", re.I
)
_SPACED = {"receptor", "her2", "gene"}
_BLANKS = re.compile(r"(?P<slash>[ ]{1,3})(?P<variant>)?(?P<noun>)?(?P<comma>\b)?(?P<comma_word>\b)?(?P<word>\b)?")
_SIGNED = {"method", "fill", "variant", "clone"}  # "ISH-", "p190+", "T790M-"
_ALONE = {"chromosome", "karyotypic"}  # such a change stands for its own presence


@dataclass
class _Mention:
    named: Marker | None
    phrase: MarkerPhrase | None
    name: str
    kind: str
    start: int
    end: int
    joined: re.Match[str] | None = None  # connector to the next mention of the same list
    head: tuple[str, Span] | None = None
    tokens: list[Token] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class MarkerFinding:
    """One finding of one marker and where the marker stands."""

    name: str
    kind: str
    start: int
    end: int
    finding: Finding


def read_biomarkers(text: str, on: date, _terminology: Terminology) -> tuple[Biomarker, ...]:
    """Biomarkers stated in the note, a restatement of the same name, result and method only once."""
    found: list[Biomarker] = []
    for mention in _read_mentions(text, on):
        _keep(found, text, mention)
    return tuple(found)


def read_findings(text: str, on: date) -> list[MarkerFinding]:
    """Every finding in note order, restatements and molecular tests under way included."""
    return [
        MarkerFinding(name, mention.kind, mention.start, mention.end, finding)
        for mention in _read_mentions(text, on)
        for name in (mention.phrase.names if mention.phrase else (mention.name,))
        for finding in mention.findings
    ]


@lru_cache(maxsize=4)  # markers and genomic tests read the same mentions of the same note
def _read_mentions(text: str, on: date) -> list[_Mention]:
    table = load_biomarkers(on)
    patterns = compile_biomarkers(table)
    mentions = list(_mentions(text, patterns))
    _join(text, mentions)
    for at, mention in enumerate(mentions):
        following = mentions[at + 1].start if at + 1 < len(mentions) else len(text)
        mention.tokens = _tokens(text, mention, following, patterns)
    for group in _lists(mentions):
        _read_list(text, group, table)
    return mentions


def _mentions(text: str, patterns: BiomarkerPatterns) -> Iterator[_Mention]:
    found: list[_Mention] = []
    for pattern, prefix in ((patterns.loose, ""), (patterns.cased, "=")):
        for match in pattern.finditer(text):
            named = patterns.named[f"={match[0]}" if prefix else mention_key(match[0])]
            if named.marker:
                found.append(_Mention(named.marker, None, named.marker.name, named.marker.kind, *match.span()))
            elif named.phrase:
                found.append(_Mention(None, named.phrase, "", "phrase", *match.span()))
    for match in patterns.cluster.finditer(text):
        name = f"CD{match['number']}"
        found.append(_Mention(Marker(name, "antibody", (), (), None), None, name, "antibody", *match.span()))
    found.sort(key=lambda item: (item.start, item.start - item.end))
    end = 0
    for mention in found:
        if mention.start >= end and _is_meant(text, mention):
            end = mention.end
            yield mention


def _is_meant(text: str, mention: _Mention) -> bool:
    """Neither a drug's target nor a word that means something else here."""
    before, behind = text[max(0, mention.start - 60) : mention.start], text[mention.end : mention.end + 60]
    if (
        ANTI.search(before)
        or THERAPY.match(behind)
        or (THERAPY.match(behind.lstrip("+")) and mention.kind == "antibody")
    ):
        return not ANTI.search(before) and bool(mention.named) and _has_sign(behind) and not _names_cells(behind)
    if not mention.named or not mention.named.needs:
        return True
    near, apart = NEAR.get(mention.named.needs), APART.get(mention.named.needs)
    if near and not near.search(before + " " + behind):
        return False
    return not (apart and (apart.search(before) or apart.match(behind)))


def _names_cells(behind: str) -> bool:
    return bool(re.match(r"\+?\s?(?:cells?|count|selected|dose|T[- ]|stem|/kg)", behind, re.IGNORECASE))


def _has_sign(behind: str) -> bool:
    return bool(SIGN_PLUS.match(behind) or SIGN_MINUS.match(behind))


def _join(text: str, mentions: list[_Mention]) -> None:
    """Marks neighbours that form one list: joined by slashes, commas or and."""
    for mention, following in pairwise(mentions):
        between = CONNECTOR.match(text, mention.end)
        if mention.named and following.named and between and between.end() == following.start:
            mention.joined = between
        elif mention.kind in _SPACED and following.kind in _SPACED:
            mention.joined = _BLANKS.fullmatch(text, mention.end, following.start)


def _lists(mentions: list[_Mention]) -> Iterator[list[_Mention]]:
    group: list[_Mention] = []
    for mention in mentions:
        group.append(mention)
        if mention.joined is None:
            yield group
            group = []


def _tokens(text: str, mention: _Mention, following: int, patterns: BiomarkerPatterns) -> list[Token]:
    """The words behind a marker that can belong to its result, up to the first that cannot."""
    at, limit = mention.end, min(following, mention.end + _REACH, len(text))
    tokens: list[Token] = []
    if suffix := GENE_SUFFIX.match(text, at):
        tokens.append(
            Token(
                "word", {"m": "mutated", "neg": "negative", "pos": "positive"}.get(suffix[0], suffix[0]), *suffix.span()
            )
        )
        at = suffix.end()
    if attached := _attached_sign(text, at):
        tokens.append(attached)
        at = attached.end
    depth = 0
    while at < limit and len(tokens) < _TOKENS:
        match = patterns.token.match(text, at)
        if not match or match.end() > limit:
            break
        kind, word = match.lastgroup or "", match[0]
        if kind == "separator":
            depth += word.count("(") - word.count(")")
            if depth < 0:
                break
        if kind == "word" and _FOR_SOMETHING_ELSE.match(text, match.end()):
            break
        if kind == "word" and _governs_next(text, tokens, match.end(), following):
            break
        if kind == "word" and word.lower() == "wt" and re.match(r"[\s:=]{0,3}\d", text[match.end() : match.end() + 5]):
            break
        if kind == "sign":
            word = "+" if "+" in word else "-"
        tokens.append(
            Token(kind, " ".join(word.lower().split()) if kind in ("word", "noun", "method") else word, *match.span())
        )
        at = match.end()
        if kind in _SIGNED and (attached := _attached_sign(text, at)):
            tokens.append(attached)
            at = attached.end
    return tokens


def _governs_next(text: str, tokens: list[Token], end: int, following: int) -> bool:
    """``del(11q), unmutated IGHV``: the word behind the comma belongs to the marker it stands before."""
    behind_comma = any(token.kind == "separator" and "," in token.text for token in tokens[-2:])
    return behind_comma and end < following and not text[end:following].strip()


def _attached_sign(text: str, at: int) -> Token | None:
    for kind, sign in (("+", SIGN_PLUS), ("-", SIGN_MINUS)):
        if match := sign.match(text, at):
            return Token("sign", kind, *match.span())
    return None


def _read_list(text: str, group: list[_Mention], table: BiomarkerTable) -> None:
    first = group[0]
    at = first.start
    if is_about_relative(text, at) or is_conditional(text, at) or is_over_for_sure(text, at):
        return
    head = _head(text, first.start)
    if _read_positional(text, group, table):
        return
    for mention in group:
        # "unmutated IGHV, 17p deletion": the adjective does not govern a change that names itself.
        mention.head = (
            head if mention is first or not head or head[0] != "negative" or mention.kind not in _ALONE else None
        )
        if mention.phrase:
            _read_phrase(text, mention, table)
        elif not _is_unknown_significance(text, mention):
            governs = head is not None and (mention is first or head[0] != "negative")
            mention.findings = decide(mention.kind, mention.tokens, table, head[0] if head and governs else None)
    _share_forward(group, table)
    for mention in group:
        if not mention.findings and mention.named and not _is_unknown_significance(text, mention):
            mention.findings = _from_head(text, mention)


def _head(text: str, at: int) -> tuple[str, Span] | None:
    """What stands before a marker and decides it: ``negative for``, ``loss of``, ``unmutated``."""
    low = max(clause_start(text, at), at - 90)
    before = text[low:at]
    for meaning, pattern in HEADS:
        if match := pattern.search(before):
            return meaning, Span.cut(text, low + match.start(), at)
    return None


def _read_positional(text: str, group: list[_Mention], table: BiomarkerTable) -> bool:
    """``ER/PR/HER2 +/+/-``: as many results as markers, in the same order."""
    if not 2 <= len(group) <= _POSITIONS or not all(
        item.joined and item.joined["slash"] is not None for item in group[:-1]
    ):
        return False
    match = positional(len(group)).match(text, group[-1].end)
    if not match:
        return False
    for index, mention in enumerate(group, start=1):
        written = match[index]
        kind = (
            "sign"
            if written in "+-–"
            else "word"
            if written[0].isalpha()
            else "score"
            if re.fullmatch(r"[0-3]\+", written)
            else "percent"
        )
        value = ("+" if written == "+" else "-") if kind == "sign" else written.lower()
        if kind == "percent" and mention.kind == "her2":
            kind = "number"
        mention.findings = decide(mention.kind, [Token(kind, value, *match.span(index))], table, None)
    return True


def _read_phrase(text: str, mention: _Mention, table: BiomarkerTable) -> None:
    phrase = mention.phrase
    if phrase is None:
        return
    result = phrase.result
    reversed_ = bool(mention.head and mention.head[0] == "not positive")
    tail = next((token for token in mention.tokens if token.kind in ("word", "sign", "percent")), None)
    if (
        len(phrase.names) == 1
        and tail is not None
        and (tail.text == "-" or table.words["all"].get(tail.text) == "negative")
    ):
        reversed_ = True
    if tail is not None and table.words["all"].get(tail.text) in ("pending", "not-performed"):
        return
    mention.findings = [
        Finding(
            flip(result) if reversed_ else result,
            None,
            text[mention.start : mention.end],
            (mention.start, mention.end),
            None,
        )
    ]


def _share_forward(group: list[_Mention], table: BiomarkerTable) -> None:
    """A result at the end of a list holds for the members before it that have none of their own."""
    for at in range(len(group) - 2, -1, -1):
        mention, following = group[at], group[at + 1]
        joined = mention.joined
        if joined is None or not following.findings:
            continue
        last = following.findings[0]
        if not _may_share(mention.kind, following.kind, joined):
            continue
        if mention.findings and not (
            mention.findings[0].weak and joined["noun"] and (joined["word"] or joined["comma_word"])
        ):
            continue
        if last.weak and not mention.findings and joined["comma"] is None and mention.kind == following.kind:
            mention.findings = [Finding(last.result, last.method, last.value, last.span, last.source, weak=True)]
        if joined["variant"] or last.source not in ("word", "sign", "percent"):
            continue
        if last.source == "sign" and joined["comma"] is not None and not joined["comma_word"]:
            continue
        if last.source == "percent" and (joined["slash"] is None or mention.kind != "receptor"):
            continue
        word = last.word or ""
        result = table.result(mention.kind, word) if last.source == "word" else last.result
        if result:
            value = last.value if last.source == "percent" else None
            mention.findings = [Finding(result, last.method, value, last.span, last.source, word)]


def _may_share(kind: str, following: str, joined: re.Match[str]) -> bool:
    """Markers of one nature share a result; a chromosome change and a gene only where slash or "and" binds them."""
    if "ighv" in (kind, following) or (kind in _ALONE) != (following in _ALONE):
        return kind == following or (joined["comma"] is None and "ighv" not in (kind, following))
    return True


def _from_head(text: str, mention: _Mention) -> list[Finding]:
    """A bare marker behind ``negative for`` and the like; a chromosome change stands for its own presence."""
    meaning = mention.head[0] if mention.head else None
    span = (mention.start, mention.end)
    if meaning == "pending":
        return [Finding("pending", None, None, span, "head")] if mention.kind not in ("number", "antibody") else []
    if meaning in ("not positive", "negative"):
        if any(token.kind == "word" and "test" in token.text for token in mention.tokens):
            return []
        return [Finding("negative", None, None, span, "head")] if mention.kind not in ("number",) else []
    if meaning == "loss":
        result = "positive" if mention.kind in ("mmr", "gene", "chromosome", "codeletion") else "negative"
        return [Finding(result, None, "loss", span, "head")]
    if meaning == "intact":
        return [Finding("positive" if mention.kind == "repair" else "negative", None, "intact", span, "head")]
    if meaning == "positive":
        return [Finding("positive", None, None, span, "head")]
    if mention.kind in _ALONE and _is_tested_change(text, mention):
        return [Finding("positive", None, None, span, "head")]
    return []


def _is_tested_change(text: str, mention: _Mention) -> bool:
    """A change found, not one that was only looked for; those of a karyotype count only where FISH is named."""
    low, high = clause_start(text, mention.start), clause_end(text, mention.end)
    around = text[max(low, mention.start - 120) : min(high, mention.end + 80)]
    if any(token.kind == "word" for token in mention.tokens):
        return False
    if re.search(
        r"\b(?:probes?|panel for|test(?:ed|ing)? for|evaluat\w{1,3} for|FISH for|check)\b", around, re.IGNORECASE
    ):
        return False
    return mention.kind == "chromosome" or "FISH" in around


def _is_unknown_significance(text: str, mention: _Mention) -> bool:
    line_start, line_end = text.rfind("\n", 0, mention.start) + 1, text.find("\n", mention.end)
    before = text[max(line_start, mention.start - 160) : mention.start]
    behind = text[mention.end : min(line_end if line_end >= 0 else len(text), mention.end + 30)]
    if UNKNOWN_SIGNIFICANCE.search(re.split(r"[;,.]\s", behind)[0]):
        return True
    found = list(UNKNOWN_SIGNIFICANCE.finditer(before))
    if not found:
        return False
    between = before[found[-1].end() :]
    return bool(re.match(r"s?\s?(?::|\(|\bin\b|\bof\b|-)", between)) and not re.search(r"\.\s|\bneg|\bpos", between)


def _keep(found: list[Biomarker], text: str, mention: _Mention) -> None:
    names = mention.phrase.names if mention.phrase else (mention.name,)
    if mention.kind == "mrd" and _WHOLE_TEST.search(text[max(0, mention.start - 30) : mention.end + 30]):
        return
    for name in names:
        for finding in mention.findings:
            if (
                finding.result == "pending"
                and mention.kind in MOLECULAR_KINDS
                and finding.method not in ("IHC", "FISH")
            ):
                continue  # a molecular test under way is a genomic test, not a biomarker
            new = _fact(text, mention, name, finding)
            same = [
                at
                for at, known in enumerate(found)
                if (known.name, known.result) == (name, finding.result)
                and (known.method == new.method or known.method is None or new.method is None)
            ]
            if not same:
                found.append(new)
            elif found[same[0]].value is None and new.value is not None:
                found[same[0]] = new


def _fact(text: str, mention: _Mention, name: str, finding: Finding) -> Biomarker:
    named = Span.cut(text, mention.start, mention.end)
    said = Span.cut(text, *finding.span)
    evidence = [Evidence(attribute="name", spans=(named,))]
    if finding.result is not None:
        heading = (mention.head[1],) if finding.source == "head" and mention.head else (said,)
        evidence.append(Evidence(attribute="result", spans=heading))
    if finding.value is not None:
        evidence.append(Evidence(attribute="value", spans=(said,)))
    return Biomarker.model_validate(
        {
            "name": name,
            "result": finding.result,
            "method": finding.method,
            "value": finding.value,
            "evidence": tuple(evidence),
        }
    )
