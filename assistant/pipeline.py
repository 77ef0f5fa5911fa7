"""The way through: note -> facts -> lines and gaps. The only module that knows all stations."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.coding.diagnosis import order_diagnoses, support_line
from assistant.coding.engine import code_encounter
from assistant.documentation.gap import find_gaps
from assistant.extraction.administration import read_administrations
from assistant.extraction.biomarker import read_biomarkers
from assistant.extraction.diagnosis import read_diagnoses
from assistant.extraction.genomic import read_genomic_tests
from assistant.extraction.pathology import read_pathology
from assistant.extraction.procedure import read_procedures
from assistant.extraction.staging import read_staging
from assistant.extraction.unknown_drug import find_unknown_drugs
from assistant.extraction.visit import read_visit
from assistant.intake.layout import split_clauses
from assistant.intake.plain import level, restore
from assistant.structured import read_facts
from models.case import Case
from models.fact import Facts
from models.finding import Finding
from models.line import Line
from models.note import Note, Setting
from models.span import Evidence, merge_evidence
from terminology.cue import load_cues
from terminology.layout import load_column_names
from terminology.profile import DEFAULT, Profile
from terminology.store import Terminology

DEFAULT_SETTING: Setting = "physician"


def code_note(note: Note, terminology: Terminology) -> Case:
    """Code one note. Pure: the same note and tables give the same case.

    Raises:
        BeforeFirstEdition: the date of service lies before the tables on hand.
    """
    facts = read_note(note, terminology)
    setting, source = _setting(note.setting, facts)
    return _code(
        note, facts, setting, source, note.date_of_service or facts.visit.date_of_service, note.payer, terminology
    )


def read_note(note: Note, terminology: Terminology) -> Facts:
    """Everything the note says, before any rule is applied."""
    plain = level(note.text)
    if plain is None:
        return _read_text(note.text, note, terminology)
    facts: Facts = restore(_read_text(plain.text, note, terminology), note.text, plain)
    return facts


def _read_text(text: str, note: Note, terminology: Terminology) -> Facts:
    visit = read_visit(text, terminology.drugs, note.date_of_service, note.setting)
    on = visit.date_of_service
    reading_day = on or date.max  # without a date the newest lexicons read
    clauses = split_clauses(text, load_column_names())
    diagnoses = read_diagnoses(text, on, terminology)
    administrations = read_administrations(text, clauses, on, terminology.drugs, load_cues())
    if visit.order == "missing" and any(item.ordered is False for item in administrations):
        visit = visit.model_copy(update={"order": "documented"})  # the order missing is that of one drug
    return Facts(
        visit=visit,
        administrations=administrations,
        procedures=read_procedures(text),
        diagnoses=diagnoses,
        staging=read_staging(text, reading_day, terminology),
        pathology=read_pathology(text, reading_day, terminology, diagnoses),
        biomarkers=read_biomarkers(text, reading_day, terminology),
        genomic_tests=read_genomic_tests(text, reading_day, terminology),
        unknown_drugs=find_unknown_drugs(text, clauses, terminology.drugs),
    )


def code_facts(record: dict[str, Any], terminology: Terminology) -> Case:
    """Code one structured record (gold-schema "Structured input") without any text.

    Raises:
        BadRecord: the record does not fit the schema; the message names the place in it.
    """
    identifier, facts, setting, on, payer = read_facts(record)
    note = Note(id=identifier, text="", setting=setting, date_of_service=on, payer=payer)
    chosen, source = _setting(setting, facts)
    return _code(note, facts, chosen, source, on, payer, terminology)


def _setting(stated: Setting | None, facts: Facts) -> tuple[Setting, str]:
    if stated:
        return stated, "stated by the caller"
    if facts.visit.setting:
        return facts.visit.setting, "read from the note"
    return DEFAULT_SETTING, "default"


def _code(
    note: Note,
    facts: Facts,
    setting: Setting,
    source: str,
    on: date | None,
    payer: str | None,
    terminology: Terminology,
) -> Case:
    profile = _profile(payer, facts, on, terminology)
    diagnosed = order_diagnoses(facts, setting, on, terminology)
    facts = facts.model_copy(update={"diagnoses": diagnosed.diagnoses})
    coding = code_encounter(facts, setting, on, profile, terminology)

    def recode(changed: Facts) -> tuple[Line, ...]:
        return code_encounter(changed, setting, on, profile, terminology).lines

    gaps = find_gaps(facts, coding, setting, on, profile, terminology, recode)
    findings = (*_unknown_drugs(note.text, facts), *_edition_findings(on, terminology), *coding.findings)
    return Case(
        note=note,
        setting=setting,
        setting_source=source,
        date_of_service=on,
        profile=profile.name,
        facts=facts,
        lines=tuple(_point(line, facts, terminology) for line in coding.lines),
        gaps=gaps,
        findings=tuple(
            finding.model_copy(update={"id": f"finding-{n}"}) for n, finding in enumerate(findings, start=1)
        ),
        timeline=coding.timeline,
        editions=terminology.editions(on),
    )


def _unknown_drugs(text: str, facts: Facts) -> list[Finding]:
    return [
        Finding(
            id="",
            kind="unknown-drug",
            severity="warning",
            message=f"Line {text.count(chr(10), 0, evidence.spans[0].start) + 1}: a dose is charted without a drug "
            "that the tables know; neither it nor its administration has a line. Check the spelling, code by hand, or "
            "add the drug to the dictionary (CONTRIBUTING.md).",
            evidence=(evidence,),
        )
        for evidence in facts.unknown_drugs
    ]


def _point(line: Line, facts: Facts, terminology: Terminology) -> Line:
    """The line with the diagnoses that support it, and the words of each."""
    drugs = [
        facts.administrations[int(number)].drug
        for room, _, number in (reference.partition("/") for reference in line.facts)
        if room == "administrations"
    ]
    codes = support_line(drugs[0] if drugs else None, facts.diagnoses, terminology)
    spans = tuple(span for item in facts.diagnoses if item.code in codes for span in item.spans_of())
    pointed = (Evidence(attribute="diagnoses", spans=spans),) if spans else ()
    return line.model_copy(update={"diagnoses": codes, "evidence": merge_evidence((*line.evidence, *pointed))})


def _profile(payer: str | None, facts: Facts, on: date | None, terminology: Terminology) -> Profile:
    """The stated profile, else the one for the payer that the note names, else the default."""
    if payer:
        return terminology.profiles.for_payer(payer, on=on)
    visit = facts.visit
    return terminology.profiles.for_payer(visit.payer, visit.payer_kind or DEFAULT, on)


def _edition_findings(on: date | None, terminology: Terminology) -> tuple[Finding, ...]:
    if on is None:
        return ()
    terminology.icd10cm.edition_for(on)  # a date before the oldest code set is an error, not a finding
    return tuple(
        Finding(
            id="",
            kind="edition-outdated",
            severity="warning",
            message=f"{entry.table} {entry.edition} ended {entry.valid_to:%Y-%m-%d}; it was used for {on:%Y-%m-%d}. "
            f"Load {entry.next_file}.",
            edition=f"{entry.table}/{entry.edition}",
        )
        for entry in terminology.outdated(on)
    )
