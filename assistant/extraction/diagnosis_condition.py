"""Conditions that need no site: blood disorders, autoimmune diseases, treated symptoms, reactions - with their
stated cause.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.extraction.diagnosis_blood import GROUPS
from assistant.extraction.diagnosis_page import Line, Page, entries_of, side_of, words_in
from assistant.extraction.diagnosis_standing import (
    Cause,
    cause_of,
    drug_cause,
    drugs_named,
    is_addressed,
    is_reason,
    standing_of,
)
from models.fact import Diagnosis, DiagnosisStatus
from models.span import Evidence, Span
from terminology.diagnosis import Condition, Hit, Side, Site, load_status_codes, load_supports
from terminology.drug import DrugDictionary

ADVERSE_EFFECTS = frozenset({"T45.1X5A", "T45.AX5A", "T45.4X5A", "T50.Z15A"})
_CHRONIC = frozenset({"benign", "autoimmune", "bone"})
_FLUIDS = re.compile(r"\b(?:NS|IVF|IV fluids?|LR|normal saline|NaCl)\b")
_ITEM = re.compile(r"\W{0,4}(?:(?:\d{1,2}[.)]|#\s?\d)|$)|[^:.]{0,60}:\s{0,3}$")
_GRADE = re.compile(r"\b(?:grade|gr\.?|g)\s?([1-5])\b", re.IGNORECASE)
_CELL_THERAPY = re.compile(r"\bCAR-?\s?T\b|\b\w{3,20}leucel\b", re.IGNORECASE)
_BLEEDING = re.compile(r"\bbleed\w{0,5}|\bblood loss|\bhemorrhage", re.IGNORECASE)


def read_conditions(page: Page, drugs: DrugDictionary | None) -> list[Diagnosis]:
    """Conditions in note order, one record for each code; adverse-effect codes follow the condition whose cause
    was stated.
    """
    found: list[Diagnosis] = []
    for line in page.lines:
        for hit in line.hits:
            condition = _condition(page, line, hit)
            if condition:
                found.extend(_read(page, line, hit, condition, drugs))
    return found


def _condition(page: Page, line: Line, hit: Hit) -> Condition | None:
    condition = next(iter(entries_of(hit, Condition)), None)
    if condition is None or condition.group in GROUPS | {"receptor", "susceptibility"} or condition.accept == "never":
        return None
    if hit.guarded and not page.states(hit, line):
        return None
    return page.lexicon.qualified(condition, page.quote(line))


def _read(page: Page, line: Line, hit: Hit, condition: Condition, drugs: DrugDictionary | None) -> list[Diagnosis]:
    status = standing_of(page, hit)
    if (
        status == "history"
        and condition.group in _CHRONIC
        and page.context(hit).section != "past"
        and not any(words_in(line.hits, "ended"))
    ):
        status = "active"  # "hx of MS" names a disease that stays
    if status == "history" and condition.group == "complication" and _only_resolved(page, hit):
        status = "active"  # a reaction that resolved is still today's reaction
    if status is None or status in {"history", "family"} or (status == "active" and _is_medicine_list(page, line, hit)):
        return []
    cause = (
        cause_of(page, line, hit, drugs)
        if condition.axis or condition.group in {"symptom", "metabolic", "toxicity"}
        else None
    )
    if condition.axis in {"reaction", "extravasation"}:
        cause = _reaction_cause(page, line, condition, cause, drugs)
    if condition.axis == "antineoplastic" and (cause is None or cause.kind == "condition"):
        cause = Cause("antineoplastic", (page.span(hit),))
    if status != "active":
        return [_record(page, hit, condition, _plain_code(page, line, condition), status, None, ())]
    code, also = _caused(page, condition, cause)
    code = code or _plain_code(page, line, condition)
    if condition.accept == "addressed" and not _counts(page, line, hit, condition, code, cause, drugs):
        return []
    codes = [code, *(["R50.81"] if code.startswith("D70") and _with_fever(page, line, hit) else [])]
    if condition.axis == "crs":
        codes = ["T80.82XA" if _CELL_THERAPY.search(page.text) else "T80.89XA", _graded(page, line, code)]
    if condition.axis == "bowel":
        codes = _bowel_codes(page, line, code)
    if condition.axis == "icans":
        codes = [_graded(page, line, code)] if _GRADE.search(page.quote(line)) else []
    if condition.axis == "kidney":
        codes.append(_kidney_code(page, hit))
    holes = _holes(condition, cause)
    treated = is_reason(page, line, hit)
    records = [_record(page, hit, condition, each, "active", cause, holes, treated=treated) for each in codes]
    if also and cause and condition.axis not in {"crs", "icans", "extravasation"}:
        records.append(_adverse_effect(page, hit, also, cause))
    return records


def _counts(
    page: Page, line: Line, hit: Hit, condition: Condition, code: str, cause: Cause | None, drugs: DrugDictionary | None
) -> bool:
    """A symptom counts as a diagnosis of the visit, with a stated cause, or where a drug of the note treats just
    this disorder.
    """
    if cause is not None and cause.kind != "condition":
        return True
    before = page.text[line.sentence.start : hit.start]
    if condition.group == "organism":
        return any(entry.group == "infection" for other in line.hits for entry in entries_of(other, Condition))
    if condition.group != "metabolic" and before.count("(") > before.count(")"):
        return False  # an aside explains another diagnosis
    if is_addressed(page, line, hit):
        assessed = page.context(hit).section == "assessment" and condition.group == "symptom"
        return not assessed or is_reason(page, line, hit) or bool(_ITEM.match(before))
    if condition.group not in {"metabolic", "infection"} or page.context(hit).section == "review":
        return False
    if code.startswith("E86") and _gives_fluids(page.text):
        return True
    scopes = {"drug", "kind"} if condition.group == "infection" else {"drug"}
    treating = {
        (scope, name)
        for (scope, name), prefixes in load_supports().items()
        if scope in scopes and any(code.startswith(p) for p in prefixes)
    }
    return any(treating & {("drug", drug.name), ("kind", drug.kind)} for _, drug in drugs_named(page, drugs))


@lru_cache(maxsize=2)  # asked for every dehydration of a note
def _gives_fluids(text: str) -> bool:
    return bool(_FLUIDS.search(text))


def _only_resolved(page: Page, hit: Hit) -> bool:
    return all(start >= hit.end for category, start, _ in page.context(hit).cues if category == "HISTORICAL")


def _with_fever(page: Page, line: Line, hit: Hit) -> bool:
    """Fever that belongs to the neutropenia of the same sentence."""
    if re.search(r"febrile|fever", page.text[hit.start : hit.end], re.IGNORECASE):
        return True
    fever = next(
        (other for other in line.hits if any(entry.name == "fever" for entry in entries_of(other, Condition))), None
    )
    return fever is not None and page.context(fever).affirmed


def _is_medicine_list(page: Page, line: Line, hit: Hit) -> bool:
    return page.context(hit).section == "order" and bool(
        re.search(r"\b(?:prn|as needed)\b", page.quote(line), re.IGNORECASE)
    )


def _plain_code(page: Page, line: Line, condition: Condition) -> str:
    if condition.axis == "side1":
        sides: list[Side] = [side for other in line.hits if (side := side_of(page, other))]
        return condition.code.replace(
            "#", {"right": "1", "left": "2", "bilateral": "3"}.get(sides[0] or "", "9") if sides else "9"
        )
    if condition.axis == "limb":
        return _limb_code(page, line, condition.code)
    if condition.axis == "bleeding":
        return "K55.21" if _BLEEDING.search(page.quote(line)) else condition.code
    return condition.code


def _kidney_code(page: Page, hit: Hit) -> str:
    """The stage of the kidney disease that a renal anaemia is coded with (N18.- is coded first)."""
    kidney = page.lexicon.conditions["chronic kidney disease"]
    return page.lexicon.qualified(kidney, page.text[hit.start : hit.end + 14]).code


def _limb_code(page: Page, line: Line, code: str) -> str:
    """Cellulitis of a limb with a side (L03.11-); its other places have no character of a side."""
    limb = next(
        (site.subsite for other in line.hits for site in entries_of(other, Site) if site.subsite.endswith("limb")), None
    )
    side = next((side for other in line.hits if (side := side_of(page, other))), None)
    return load_status_codes("cellulitis").get((limb or "", side or ""), code)


def _bowel_codes(page: Page, line: Line, code: str) -> list[str]:
    """Inflammatory bowel disease with the complications its sentence affirms: the last two characters name one."""
    complications = [
        word.value for hit, word in words_in(line.hits, "bowel complication") if page.context(hit).affirmed
    ]
    return list(dict.fromkeys(f"{code[:-1]}{value}" for value in complications)) or [code]


def _caused(page: Page, condition: Condition, cause: Cause | None) -> tuple[str, str]:
    if cause is None or cause.kind == "condition":
        return "", ""
    if condition.axis == "extravasation":
        return ("T80.810A" if cause.kind == "antineoplastic" else ""), ""
    return page.lexicon.caused(condition.name, cause.kind) or ("", "")


def _graded(page: Page, line: Line, code: str) -> str:
    """The grade character of CRS (D89.83-) and ICANS (G92.0-)."""
    grade = _GRADE.search(page.quote(line))
    return f"{code[:-1]}{grade[1]}" if grade else code


def _reaction_cause(
    page: Page, line: Line, condition: Condition, cause: Cause | None, drugs: DrugDictionary | None
) -> Cause | None:
    """The drug a reaction is charted against: named with it, else the only kind of infused drug of the note."""
    if cause and cause.kind != "condition":
        return cause
    for scope in ((line.sentence.start, line.sentence.end), (0, len(page.text))):
        spans: dict[str, list[Span]] = {}
        for token, drug in drugs_named(page, drugs):
            if scope[0] <= token.start < scope[1] and (
                drug.vesicant
                if condition.axis == "extravasation"
                else drug.encounter or drug.kind in {"iron", "immunoglobulin"}
            ):
                spans.setdefault(drug_cause(drug), []).append(Span.cut(page.text, token.start, token.end))
        if spans:
            kind = "antineoplastic" if "antineoplastic" in spans else next(iter(spans))
            return Cause(kind, tuple(spans[kind][:1]))
    return None


def _holes(condition: Condition, cause: Cause | None) -> tuple[str, ...]:
    """A symptom treated today without a stated cause; whether the patient has cancer is asked once all is read."""
    if cause or condition.axis not in {"cause", "link"} or condition.group not in {"toxicity", "symptom", "metabolic"}:
        return ()
    return ("missing-complication-link",)


def _record(
    page: Page,
    hit: Hit,
    condition: Condition,
    code: str,
    status: DiagnosisStatus,
    cause: Cause | None,
    holes: tuple[str, ...],
    *,
    treated: bool = False,
) -> Diagnosis:
    span = page.span(hit)
    evidence = [Evidence(attribute="code", spans=(span,))]
    cue = page.context(hit).cue(page.text)
    if status != "active" and cue:
        evidence.append(Evidence(attribute="status", spans=(cue,)))
    if cause:
        evidence.append(Evidence(attribute="cause", spans=cause.spans))
    return Diagnosis(
        code=code,
        status=status,
        text=span.quote,
        about=condition.name,
        treated=status == "active" and (treated or condition.axis == "crs"),
        cause=cause.kind if cause else None,
        holes=holes,
        evidence=tuple(evidence),
    )


def _adverse_effect(page: Page, hit: Hit, code: str, cause: Cause) -> Diagnosis:
    return Diagnosis(
        code=code,
        text=cause.spans[-1].quote,
        about="adverse effect",
        cause=cause.kind,
        evidence=(Evidence(attribute="code", spans=(page.span(hit), *cause.spans)),),
    )
