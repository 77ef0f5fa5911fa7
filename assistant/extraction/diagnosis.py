"""Reads the diagnoses of a note as ICD-10-CM codes with status, stated cause, documentation holes and evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from assistant.extraction.biomarker import read_biomarkers
from assistant.extraction.context import section_at
from assistant.extraction.diagnosis_blood import FAMILY, GROUPS, HISTORY, read_lymphoma_site, read_remission
from assistant.extraction.diagnosis_condition import ADVERSE_EFFECTS, read_conditions
from assistant.extraction.diagnosis_encounter import read_encounters
from assistant.extraction.diagnosis_hole import with_open_status
from assistant.extraction.diagnosis_page import STATING_SECTIONS, Line, Page, entries_of, word_of
from assistant.extraction.diagnosis_receptor import read_other_status, read_receptors
from assistant.extraction.diagnosis_standing import blood_standing
from assistant.extraction.diagnosis_tumour import read_tumours
from models.fact import Diagnosis, DiagnosisStatus
from models.span import Evidence, Span
from terminology.diagnosis import Condition, Hit, open_lexicon
from terminology.store import Terminology

_WRITTEN_CODE = re.compile(r"\b[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}\b")
# Words for these in blood cancers describe the disease itself.
_INTEGRAL = {"myeloid": {"D64.9", "D70.9", "D69.6", "D61.818", "D46.4"}, "leukemia": {"D61.818"}}
_INTEGRAL_BENIGN = {"D61.9": {"D64.9", "D70.9", "D69.6", "D61.818"}, "D59.5": {"D64.9"}}


def read_diagnoses(text: str, on: date | None, terminology: Terminology) -> tuple[Diagnosis, ...]:
    """Diagnoses of a note, in reading order: tumours, blood cancers, conditions, status codes.

    Only codes that are billable on ``on`` come out. ``holes`` are gap kinds seen while reading, ``about`` their
    subject.
    """
    drugs = terminology.drugs
    page = Page(text, open_lexicon(), drugs)
    tumours = read_tumours(page, on)
    blood = _read_blood(page)
    conditions = read_conditions(page, drugs)
    found = [*tumours, *blood]
    conditions = _without_integral(_without_general(conditions), found)
    intake = any(
        (word := word_of(hit, "cause")) and word.value == "condition" and page.context(hit).affirmed
        for hit in page.hits
    )
    found.extend(_settle_holes(conditions, found, intake=intake))
    found = _with_written_codes(page, found, on, terminology)
    biomarkers = read_biomarkers(text, on or date.max, terminology)
    found.extend(read_receptors(page, biomarkers, found))
    found.extend(read_other_status(page, found))
    found = with_open_status(page, found, on)
    found.extend(read_encounters(page, found, drugs))
    return tuple(item for item in _distinct(found) if terminology.icd10cm.billable(item.code, on))


def _read_blood(page: Page) -> list[Diagnosis]:
    """Blood cancers, the most specific name of each kind."""
    said: dict[str, list[tuple[Line, Hit, DiagnosisStatus]]] = {}
    by_name: dict[str, Condition] = {}
    for line in page.lines:
        for hit in line.hits:
            condition = next((entry for entry in entries_of(hit, Condition) if entry.group in GROUPS), None)
            if condition is None or (hit.guarded and not page.states(hit, line)):
                continue
            condition = page.lexicon.qualified(condition, page.quote(line))
            status = blood_standing(page, line, hit)
            if status:
                said.setdefault(condition.name, []).append((line, hit, status))
                by_name[condition.name] = condition
    found = []
    names = _specific_names(said, by_name)
    for name in names:
        found.extend(
            _blood_diagnosis(page, by_name[name], said[name], [pair for other in said for pair in said[other]])
        )
    return found


def _specific_names(
    said: dict[str, list[tuple[Line, Hit, DiagnosisStatus]]], by_name: dict[str, Condition]
) -> list[str]:
    def live(name: str) -> bool:
        return any(status in {"active", "history"} for _, _, status in said[name])

    def general(name: str, other: str) -> bool:
        if other == name or not live(other):
            return False
        if name == "non-hodgkin lymphoma" or (
            name == "b-cell lymphoma" and by_name[other].code.startswith(("C82", "C83", "C88"))
        ):
            return by_name[other].group == "lymphoma"
        if name in {"lymphoma", "non-hodgkin lymphoma"}:
            return by_name[other].group == "lymphoma" and other != "lymphoma"
        if name == "leukemia":
            return by_name[other].group == "leukemia"
        if name == "monoclonal gammopathy":
            return by_name[other].group == "myeloma"
        return name in other

    return [name for name in said if not any(general(name, other) for other in said)]


def _blood_diagnosis(
    page: Page,
    condition: Condition,
    said: Sequence[tuple[Line, Hit, DiagnosisStatus]],
    everything: Sequence[tuple[Line, Hit, DiagnosisStatus]],
) -> list[Diagnosis]:
    statuses = [status for _, _, status in said]
    status = next(
        (value for value in ("active", "history", "suspected", "negated", "family") if value in statuses), None
    )
    if status is None:
        return []
    hit = next(found for _, found, value in said if value == status)
    if status in {"history", "family"}:
        hodgkin = condition.name.endswith("hodgkin lymphoma") and condition.name != "non-hodgkin lymphoma"
        code = (HISTORY if status == "history" else FAMILY)[condition.group]
        code = HISTORY["hodgkin"] if status == "history" and hodgkin else code
        return [_record(page, code, status, [hit], condition.name, ())]
    around = [(line, found) for line, found, value in everything if value == status]
    code, hits, holes = _with_axis(page, condition, around)
    holes = (*holes, condition.gap) if condition.gap and not holes else holes
    return [_record(page, code, status, [hit, *hits], condition.name, holes if status == "active" else ())]


def _with_axis(
    page: Page, condition: Condition, around: list[tuple[Line, Hit]]
) -> tuple[str, list[Hit], tuple[str, ...]]:
    """The code with its last character, the words that decide it, and the hole where nothing does."""
    if not condition.axis:
        return condition.code, [], ()
    remission = read_remission(page, around)
    if condition.axis == "remission":
        if remission is None or remission.character == "":
            return condition.code.replace("#", "0"), [], ("missing-remission-status",)
        return condition.code.replace("#", remission.character), [remission.hit], ()
    achieved = remission is not None and remission.character == "1"
    if condition.axis == "remission only":
        return (
            condition.code.replace("#", "1" if achieved else "0"),
            [remission.hit] if achieved and remission else [],
            (),
        )
    if achieved and remission:
        in_remission = "C84.7B" if condition.code.startswith("C84.7") else condition.code.replace("#", "A")
        return in_remission, [remission.hit], ()
    character, hits = read_lymphoma_site(page, around)
    code = condition.extra if character == "9" and condition.extra else condition.code.replace("#", character)
    return code, hits, ()


def _record(
    page: Page, code: str, status: DiagnosisStatus, hits: Sequence[Hit], about: str, holes: tuple[str, ...]
) -> Diagnosis:
    spans = {(hit.start, hit.end): page.span(hit) for hit in hits}
    evidence = [Evidence(attribute="code", spans=tuple(spans[key] for key in sorted(spans)))]
    cue = page.context(hits[0]).cue(page.text)
    if status != "active" and cue:
        evidence.append(Evidence(attribute="status", spans=(cue,)))
    return Diagnosis(
        code=code, status=status, text=page.span(hits[0]).quote, about=about, holes=holes, evidence=tuple(evidence)
    )


def _without_general(conditions: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Drops a condition whose name is part of another active one ("anemia" beside "iron deficiency anemia");
    merges nausea with vomiting.
    """
    names = {item.about or "" for item in conditions if item.status == "active"}
    both = (
        {"nausea", "vomiting"} <= names
        or "nausea and vomiting" in names
        or "chemotherapy-induced nausea and vomiting" in names
    )
    kept: list[Diagnosis] = []
    for item in conditions:
        name = item.about or ""
        if (
            item.status == "active"
            and any(name != other and name in other for other in names)
            and item.code not in ADVERSE_EFFECTS
            and item.cause in {None, "condition"}  # "anemia due to chemotherapy" stands beside iron deficiency anemia
        ):
            continue
        if both and item.code in {"R11.0", "R11.10"} and item.status == "active":
            if any(other.code == "R11.2" for other in (*kept, *conditions)):
                continue
            item = item.model_copy(update={"code": "R11.2", "about": "nausea and vomiting"})
        kept.append(item)
    return _prefer_caused(kept)


def _prefer_caused(conditions: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Of two readings of one condition the one with a stated cause stands; what one reading calls treated is
    treated.
    """
    caused = {item.about for item in conditions if item.cause not in {None, "condition"} and item.status == "active"}
    treated = {item.about for item in conditions if item.treated}
    return [
        item.model_copy(update={"treated": True}) if item.about in treated and item.status == "active" else item
        for item in conditions
        if item.status != "active" or item.cause not in {None, "condition"} or item.about not in caused
    ]


def _without_integral(conditions: Sequence[Diagnosis], neoplasms: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Low counts without an own cause are part of myelodysplasia and marrow failure."""
    integral: set[str] = set()
    if any(item.code.startswith(("D46", "C93.1")) and item.status == "active" for item in neoplasms):
        integral |= _INTEGRAL["myeloid"] | {"D63.0"}
    for item in conditions:
        integral |= _INTEGRAL_BENIGN.get(item.code, set())
    return [item for item in conditions if item.code not in integral or item.status != "active"]


def _settle_holes(conditions: Sequence[Diagnosis], neoplasms: Sequence[Diagnosis], *, intake: bool) -> list[Diagnosis]:
    """A missing cause is worth a query only beside active cancer, and once: dehydration from vomiting asks about
    the vomiting.
    """
    cancer = any(item.status == "active" and item.code[0] in "CD" for item in neoplasms)
    explained = intake or any(
        item.code.startswith(("R11", "K52", "R19.7")) and item.status == "active" for item in conditions
    )
    caused = {item.about or "" for item in conditions if item.cause and item.status == "active"}
    kept = []
    for item in conditions:
        answered = any(name in (item.about or "") for name in caused)  # the neutropenia of a neutropenic fever
        if item.holes and (not cancer or answered or (explained and item.code.startswith("E8"))):
            item = item.model_copy(update={"holes": ()})
        kept.append(item)
    return kept


def _with_written_codes(
    page: Page, found: list[Diagnosis], on: date | None, terminology: Terminology
) -> list[Diagnosis]:
    """A code printed with the diagnosis stands where the words say less or nothing."""
    for match in _WRITTEN_CODE.finditer(page.text):
        code = match[0]
        section = section_at(page.text, match.start())
        if section not in STATING_SECTIONS or not terminology.icd10cm.billable(code, on) or code.startswith("Z51.1"):
            continue
        if any(item.code == code for item in found):
            continue
        same = [item for item in found if item.code[:3] == code[:3] and item.status == "active"]
        span = Span.cut(page.text, match.start(), match.end())
        written = Diagnosis(
            code=code,
            status="history" if code.startswith(("Z85", "Z86")) else "active",
            text=span.quote,
            about=same[0].about if same else None,
            evidence=(Evidence(attribute="code", spans=(span,)),),
        )
        if not same:
            found = [*found, written]
        elif any(item.holes for item in same):
            found = [written if item is same[0] else item for item in found]
    return found


def _distinct(found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """One record for each code: active before the others, evidence of the first."""
    rank = {"active": 0, "history": 1, "suspected": 2, "negated": 3, "family": 4}
    chosen: dict[str, Diagnosis] = {}
    for item in found:
        if item.code not in chosen or rank[item.status] < rank[chosen[item.code].status]:
            chosen[item.code] = item
    return list(chosen.values())
