"""What the words behind a marker amount to: one result, or one for each method named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terminology.biomarker import BiomarkerTable

_ISH = re.compile(r"fish|ish|hybrid", re.IGNORECASE)
MOLECULAR_KINDS = frozenset({"gene", "transcript", "methylation", "ighv", "tmb", "msi", "mrd"})
_AMPLIFIED = re.compile(r"(?<!\w)(?:non-?|un|not )?amp")


@dataclass(frozen=True)
class Token:
    """One piece of the text behind a marker; ``text`` is lower case for words."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """One result of one marker. ``source`` says what decided it; ``weak`` results yield to a later word in a list."""

    result: str | None
    method: str | None
    value: str | None
    span: tuple[int, int]
    source: str | None = None
    word: str | None = None
    weak: bool = False


def flip(result: str) -> str:
    return {"positive": "negative", "negative": "positive"}.get(result, result)


def decide(kind: str, tokens: list[Token], table: BiomarkerTable, head: str | None) -> list[Finding]:
    """Findings of a marker of ``kind`` from the tokens behind it, empty when they hold no result."""
    tokens = _cut(kind, tokens, table)
    if not tokens:
        return []
    if kind == "her2":
        return _her2(tokens, table, head)
    method = _method(tokens)
    span = (tokens[0].start, tokens[-1].end)
    word = _first_word(kind, tokens, table)
    percent = _first(tokens, "percent")
    number = _first(tokens, "number")
    variant = _first(tokens, "variant") or _first(tokens, "noun")
    sign = _first(tokens, "sign")
    if kind == "number":
        return _numeric_only(kind, tokens, table, method)
    if word and word[1] in ("pending", "not-performed"):
        return [Finding(word[1], method, None, (word[0].start, word[0].end), "word", word[0].text)]
    if kind == "pdl1" and (score := percent or number):
        result = word[1] if word and word[1] == "negative" else _at_least_one(score.text)
        return [Finding(result, method, _score_value(tokens, score), span, "percent")]
    if kind == "tmb" and (burden := number or percent):
        unit = _first(tokens, "unit")
        shown = f"{burden.text} {unit.text}" if unit else burden.text
        return [Finding("positive" if _amount(burden.text) >= 10 else "negative", method, shown, span, "percent")]
    value = variant.text if variant and variant.kind == "variant" else percent.text if percent else None
    if kind in ("receptor", "protein") and percent and not method:
        method = "IHC"
    if word:
        if variant and variant.kind == "variant" and word[1] == "negative":
            value = f"{variant.text} {word[0].text}"
        result = word[1]
        if head == "not positive" and result == "positive":
            result = "negative"
        return [
            Finding(
                result,
                method,
                value or _own_value(kind, word[0]),
                (word[0].start, word[0].end) if not value else span,
                "word",
                word[0].text,
            )
        ]
    if sign:
        return [Finding("positive" if sign.text == "+" else "negative", method, value, (sign.start, sign.end), "sign")]
    if kind == "receptor":
        return _receptor(tokens, percent, method, span)
    if kind in ("protein", "antibody", "p53") and percent:
        return [Finding(_at_least_one(percent.text), method or "IHC", percent.text, span, "percent")]
    if kind == "transcript" and percent and _amount(percent.text) > 0:
        return [Finding("positive", method, percent.text, span, "percent")]
    if kind in ("gene", "transcript", "codeletion") and variant:
        if kind == "gene" and variant.kind == "noun" and _first(tokens, "fill", r"test"):
            return []
        negative = head in ("not positive", "negative")
        return [
            Finding(
                "negative" if negative else "positive",
                method,
                variant.text,
                (variant.start, variant.end),
                "variant",
                weak=variant.kind == "noun",
            )
        ]
    if kind == "methylation" and head == "not positive":
        return [Finding("negative", method, None, span, "head")]
    return []


def _cut(kind: str, tokens: list[Token], table: BiomarkerTable) -> list[Token]:
    """Drops what follows a complete result: after a comma a second result word is about something else."""
    kept: list[Token] = []
    complete = False
    for token in tokens:
        meaning = table.result(kind, token.text) if token.kind == "word" else None
        result = meaning is not None or token.kind in ("sign", "percent", "score")
        if complete and result and kept and kept[-1].kind == "separator" and _after_comma(kept):
            break
        if token.kind == "method":
            complete = False
        complete = complete or result
        kept.append(token)
    while kept and kept[-1].kind in ("separator", "fill"):
        kept.pop()
    return kept


def _after_comma(kept: list[Token]) -> bool:
    for token in reversed(kept):
        if token.kind != "separator":
            return False
        if token.text.strip() in (",", "|", "/"):
            return True
    return False


def _her2(tokens: list[Token], table: BiomarkerTable, head: str | None) -> list[Finding]:
    """IHC and ISH apart: each has its own record; an overall word goes with the one that is left."""
    parts: dict[str, list[Token]] = {"": [], "IHC": [], "FISH": []}
    current = ""
    for token in tokens:
        if token.kind == "method":
            current = (
                "FISH"
                if _ISH.search(token.text) and "immuno" not in token.text
                else "IHC"
                if token.text.startswith(("ihc", "immuno"))
                else current
            )
        elif token.kind == "score":
            current = "IHC"
        elif token.kind == "word" and _AMPLIFIED.search(token.text):
            current = "FISH"
        parts[current].append(token)
    overall = _first_word("her2", parts[""], table) or _first_sign(parts[""])
    ihc_words = _first_word("her2", parts["IHC"], table) or _first_sign(parts["IHC"])
    ish_word = _first_word("her2", parts["FISH"], table) or _first_sign(parts["FISH"])
    score = _first(parts["IHC"], "score") or _first(parts["IHC"], "number") or _bare_zero(parts[""])
    span = (tokens[0].start, tokens[-1].end)
    found: list[Finding] = []
    if parts["FISH"]:
        result = ish_word or (overall if score or parts["IHC"] else None) or (overall if not parts["IHC"] else None)
        ratio = _first(parts["FISH"], "number")
        if result:
            found.append(
                Finding(
                    result[1],
                    "FISH",
                    ratio.text if ratio else None,
                    (parts["FISH"][0].start, parts["FISH"][-1].end),
                    "word",
                    result[0].text,
                )
            )
        if not (score or ihc_words):
            return found
    if score or ihc_words or overall:
        by_score = {"0": "negative", "1+": "negative", "2+": "equivocal", "3+": "positive"}.get(
            score.text.strip() if score else ""
        )
        decided = ihc_words or (
            overall if not parts["FISH"] or not by_score or (overall and overall[1] in ("low", "ultralow")) else None
        )
        result_name = decided[1] if decided else by_score
        if decided and decided[1] == "positive" and by_score == "negative":
            result_name = by_score
        if result_name is None:
            return found
        said = decided[0] if decided else score
        if head == "not positive" and result_name == "positive":
            result_name = "negative"
        found.insert(0, Finding(
            result_name, "IHC" if score or parts["IHC"] else None, score.text if score else None, span,
            ("sign" if said.kind == "sign" else "word" if said.kind == "word" else "score") if said else "score",
            said.text if said else None,
        ))  # fmt: skip
    if not found and (variant := _first(tokens, "variant") or _first(tokens, "noun")):
        negative = head in ("not positive", "negative")
        method = "FISH" if variant.text.startswith("amp") else None
        found.append(Finding("negative" if negative else "positive", method, variant.text, span, "variant", weak=True))
    return found


def _bare_zero(tokens: list[Token]) -> Token | None:
    number = _first(tokens, "number")
    return number if number and number.text.strip() == "0" else None


def _receptor(tokens: list[Token], percent: Token | None, method: str | None, span: tuple[int, int]) -> list[Finding]:
    if percent:
        return [Finding(_at_least_one(percent.text), "IHC", percent.text, span, "percent")]
    if allred := _first(tokens, "allred"):
        positive = int(allred.text[0]) >= 3
        return [Finding("positive" if positive else "negative", "IHC", allred.text, span, "score")]
    if score := _first(tokens, "score"):
        return [Finding("negative" if score.text.startswith("0") else "positive", method, score.text, span, "score")]
    number = _first(tokens, "number")
    if number and "." not in number.text and 0 <= _amount(number.text) <= 100 and len(tokens) <= 3:
        return [Finding(_at_least_one(number.text), "IHC", number.text, span, "score")]
    return []


def _numeric_only(kind: str, tokens: list[Token], table: BiomarkerTable, method: str | None) -> list[Finding]:
    word = _first_word(kind, tokens, table)
    if word and word[1] in ("pending", "not-performed"):
        return [Finding(word[1], method, None, (word[0].start, word[0].end), "word", word[0].text)]
    value = _first(tokens, "percent")
    return [Finding(None, method or "IHC", value.text, (value.start, value.end), "value")] if value else []


def _score_value(tokens: list[Token], score: Token) -> str:
    kind = next(
        (
            token.text.upper()
            for token in tokens
            if token.kind == "fill" and token.text.upper() in ("TPS", "CPS", "IC", "TC")
        ),
        "",
    )
    return f"{kind} {score.text}".strip()


def _own_value(kind: str, word: Token) -> str | None:
    return word.text if kind in ("repair", "mmr", "msi") else None


def _first(tokens: list[Token], kind: str, pattern: str | None = None) -> Token | None:
    return next(
        (token for token in tokens if token.kind == kind and (not pattern or re.search(pattern, token.text, re.I))),
        None,
    )


def _first_word(kind: str, tokens: list[Token], table: BiomarkerTable) -> tuple[Token, str] | None:
    for token in tokens:
        if token.kind == "word" and (meaning := table.result(kind, re.sub(r"\s{2,}", " ", token.text))):
            return token, meaning
    return None


def _first_sign(tokens: list[Token]) -> tuple[Token, str] | None:
    sign = _first(tokens, "sign")
    return (sign, "positive" if sign.text == "+" else "negative") if sign else None


def _method(tokens: list[Token]) -> str | None:
    found = _first(tokens, "method")
    if not found:
        return None
    if found.text.startswith("immuno"):
        return "IHC"
    return "FISH" if _ISH.search(found.text) else "flow" if found.text.startswith("flow") else found.text.upper()


def _amount(written: str) -> float:
    found = re.search(r"\d+(?:\.\d+)?", written)
    return float(found[0]) if found else 0.0


def _at_least_one(written: str) -> str:
    """Positive from one upwards; ``<1%`` is below one, ``<5%`` is not known to be."""
    amount = _amount(written)
    return "negative" if amount < 1 or (amount <= 1 and "<" in written) else "positive"
