"""Status codes beside a cancer: receptors (Z17), hormone sensitivity (Z19), genetic susceptibility (Z15),
endocrine drugs (Z79.81-).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.extraction.context import context_of
from assistant.extraction.diagnosis_page import Page, entries_of
from models.fact import Biomarker, Diagnosis
from models.span import Evidence, Span
from terminology.diagnosis import Condition, load_status_codes
from terminology.pattern import load_patterns

_CODES = load_status_codes("receptor")
_SINGLE = re.compile(r"(?<![A-Za-z])(?:ER|PR|PgR|estrogen|progesterone)(?![A-Za-z])")
_HER2 = re.compile(r"\bHER-?\s?2|\bERBB2", re.IGNORECASE)
_TRIPLE = re.compile(r"\btriple[ -](neg(?:ative)?|pos(?:itive)?)\b|\b(TNBC)\b", re.IGNORECASE)
_HORMONE = re.compile(
    r"(?<![A-Za-z])(?:HR|hormone[ -]receptors?)(?![A-Za-z])(?:\s?[-(]?\s?)(\+|-|pos(?:itive)?\b|neg(?:ative)?\b)",
    re.IGNORECASE,
)
_SUSCEPTIBILITY = {key: code for (key, _), code in load_status_codes("susceptibility").items()}
_ENDOCRINE = {drug: code for (drug, _), code in load_status_codes("endocrine").items()}
_COMBINED = load_status_codes("combined")
_PATTERNS = load_patterns("diagnosis")


def read_receptors(page: Page, biomarkers: Sequence[Biomarker], primaries: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Z17 codes of a breast cancer: one for each receptor stated, a combined code only where nothing else is stated."""
    active = [item.code for item in primaries if item.status == "active"]
    if not any(code.startswith(("C50", "C79.81")) for code in active):
        # The Tabular's "such as": beside breast, the receptor that opens a targeted treatment of the upper
        # digestive tract.
        result = _result(biomarkers, "HER2") if any(code.startswith(("C15", "C16")) for code in active) else None
        return [_receptor("Z17.31", "HER2", result)] if result and result.result == "positive" else []
    combined = _combined(page)
    if combined:
        return [combined]
    found: dict[str, Diagnosis] = {}
    for name in ("ER", "PR", "HER2"):
        result = _result(biomarkers, name)
        code = _CODES.get((name, result.result or "")) if result else None
        if code and result:
            found[code] = _receptor(code, name, result)
    return list(found.values())


def _receptor(code: str, name: str, result: Biomarker) -> Diagnosis:
    spans = result.spans_of()
    return Diagnosis(
        code=code,
        text=spans[0].quote if spans else None,
        about=name,
        evidence=(Evidence(attribute="code", spans=spans),),
    )


def _result(biomarkers: Sequence[Biomarker], name: str) -> Biomarker | None:
    """The result that counts: in situ hybridisation before immunohistochemistry, a clear result before an
    equivocal one.
    """
    results = [item for item in biomarkers if item.name == name and (name, item.result or "") in _CODES]
    hybrid = [item for item in results if item.method and "ISH" in item.method.upper()]
    chosen = hybrid or results
    return chosen[-1] if chosen else None


def _combined(page: Page) -> Diagnosis | None:
    if _SINGLE.search(page.text):
        return None
    triple = _TRIPLE.search(page.text)
    if triple and not _HER2.search(page.text):
        sign = "positive" if (triple[1] or "").lower().startswith("pos") else "negative"
        code = _COMBINED[f"hormone {sign}", f"HER2 {sign}"]
        return _status(page, code, triple.start(), triple.end(), "receptors")
    hormone = _HORMONE.search(page.text)
    if not hormone:
        return None
    her2 = re.compile(
        r"HER-?\s?2(?:\s?/?\s?neu)?[\s:(-]{0,3}(?:IHC\s?)?(?:(\+|pos\w{0,5}|3\+|amplified)"
        r"|(-|−|–|neg\w{0,5}|low|ultra-?low|[01]\+?|non-?amplified|not amplified))",
        re.IGNORECASE,
    ).search(page.text)
    if not her2:
        return None
    positive = hormone[1] == "+" or hormone[1].lower().startswith("pos")
    code = _COMBINED[
        f"hormone {'positive' if positive else 'negative'}", f"HER2 {'positive' if her2[1] else 'negative'}"
    ]
    return _status(
        page, code, hormone.start(), hormone.end(), "receptors", Span.cut(page.text, her2.start(), her2.end())
    )


def read_other_status(page: Page, primaries: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Z19 for prostate cancer, Z15 for a stated germline variant, Z79.81- for an endocrine drug taken now."""
    active = [item.code for item in primaries if item.status == "active"]
    found: list[Diagnosis] = []
    for line in page.lines:
        for hit in line.hits:
            for condition in entries_of(hit, Condition):
                if (
                    condition.group == "receptor"
                    and any(code.startswith("C61") for code in active)
                    and page.context(hit).affirmed
                ):
                    found.append(_status(page, condition.code, hit.start, hit.end, "prostate"))
                if condition.group == "susceptibility":
                    context = page.context(hit)
                    if context.affirmed or context.uncertain:
                        status = _status(page, condition.code, hit.start, hit.end, condition.name)
                        found.append(status if context.affirmed else status.model_copy(update={"status": "suspected"}))
    for match in _PATTERNS["germline"].finditer(page.text):
        context = context_of(page.text, match.start(), match.end())
        code = next((_SUSCEPTIBILITY[item[:3]] for item in active if item[:3] in _SUSCEPTIBILITY), None)
        if code and context.affirmed:
            found.append(_status(page, code, match.start(), match.end(), "germline variant"))
    if any(
        item.code.startswith(("C50", "D05", "Z85.3")) and item.status in {"active", "history"} for item in primaries
    ):
        found.extend(_endocrine(page))
    return list({item.code: item for item in reversed(found)}.values())[::-1]


def _endocrine(page: Page) -> list[Diagnosis]:
    found = []
    for token in page.tokens:
        code = _ENDOCRINE.get(token.word)
        before = page.text[max(0, token.start - 60) : token.start]
        if (
            code
            and _PATTERNS["taken_now"].search(before)
            and not _PATTERNS["not_taken_now"].search(before)
            and not _PATTERNS["taken_until"].match(page.text, token.end)
            and not _is_elsewhere(page.text, token.start, token.end)
        ):
            found.append(_status(page, code, token.start, token.end, token.word))
    return found


def _is_elsewhere(text: str, start: int, end: int) -> bool:
    """Denied, doubted or a relative's; a drug taken now may follow the history of the cancer."""
    context = context_of(text, start, end)
    return context.negated or context.family or context.uncertain or context.prior


def _status(page: Page, code: str, start: int, end: int, about: str, *more: Span) -> Diagnosis:
    span = Span.cut(page.text, start, end)
    return Diagnosis(
        code=code, text=span.quote, about=about, evidence=(Evidence(attribute="code", spans=(span, *more)),)
    )
