"""A coded note made by hand, so that the ways in are tested without the judgement behind them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.case import Case, Edition
from models.fact import Administration, Diagnosis, Facts, Segment, Visit
from models.finding import Finding
from models.gap import CodeChange, Gap, WhatIf
from models.line import Block, Line, Rejection, Step
from models.note import Note
from models.span import Evidence, Span

SAMPLE = Path(__file__).parents[2] / "api" / "samples" / "folfox-office.txt"
TEXT = SAMPLE.read_text()


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-12T{clock}")


def words(attribute: str, *quotes: str, text: str = TEXT) -> Evidence:
    spans = tuple(Span.cut(text, text.index(quote), text.index(quote) + len(quote)) for quote in quotes)
    return Evidence(attribute=attribute, spans=spans)


OXALIPLATIN = Administration(
    drug="oxaliplatin",
    dose=Decimal("154"),
    unit="mg",
    route="IV",
    technique="infusion",
    start=at("09:40"),
    stop=at("11:48"),
    discarded=Decimal(46),
    discarded_unit="mg",
    interruptions=(Segment(start=at("10:20"), stop=at("10:30")),),
    evidence=(
        words("drug", "oxaliplatin"),
        words("dose", "154 mg"),
        words("start", "0940-1148  oxaliplatin"),
        words("stop", "1148"),
    ),
)
PUSH = Administration(
    drug="fluorouracil",
    dose=Decimal(724),
    unit="mg",
    route="IV",
    technique="push",
    start=at("11:52"),
    stop=at("11:56"),
    evidence=(words("drug", "fluorouracil 400 mg/m2"),),
)
MAGNESIUM = Administration(
    drug="magnesium sulfate",
    dose=Decimal(2),
    unit="g",
    route="IV",
    technique="infusion",
    start=at("12:00"),
    evidence=(words("drug", "magnesium sulfate 2 g"), words("start", "1200  magnesium")),
)

LINES = (
    Line(
        id="line-1",
        system="CPT",
        code="96413",
        label="Chemotherapy infusion, first hour",
        units=1,
        date_of_service=date(2026, 3, 12),
        diagnoses=("Z51.11", "C18.7"),
        facts=("administrations/0",),
        steps=(
            Step(
                rule="ADM-INITIAL",
                citation="CPT infusion hierarchy",
                statement="Oxaliplatin ran 118 minutes: the highest service of the visit is its first hour.",
                facts=("administrations/0",),
            ),
        ),
        not_fired=(Rejection(rule="ADM-PUSH", why="118 minutes are more than 15: not a push."),),
        evidence=(words("code", "oxaliplatin"), words("units", "0940-1148  oxaliplatin")),
    ),
    Line(
        id="line-2",
        system="HCPCS",
        code="J9263",
        label="Injection, oxaliplatin, 0.5 mg",
        units=308,
        diagnoses=("C18.7",),
        facts=("administrations/0",),
        steps=(Step(rule="UNIT-DOSE", citation="HCPCS", statement="154 mg / 0.5 mg = 308 units."),),
        evidence=(words("code", "oxaliplatin"), words("units", "154 mg")),
    ),
    Line(
        id="line-3",
        system="HCPCS",
        code="J9263",
        label="Injection, oxaliplatin, 0.5 mg",
        units=92,
        modifiers=("JW",),
        facts=("administrations/0",),
        steps=(
            Step(rule="WASTE-JW", citation="JW policy", statement="200 mg opened - 154 mg given = 46 mg: 92 units."),
        ),
        evidence=(words("code", "oxaliplatin"), words("modifier:JW", "46 mg discarded")),
    ),
)

CASE = Case(
    note=Note(id="folfox-office", text=TEXT, setting="physician"),
    setting="physician",
    setting_source="stated by the caller",
    date_of_service=date(2026, 3, 12),
    profile="default",
    facts=Facts(
        visit=Visit(date_of_service=date(2026, 3, 12), evidence=(words("date_of_service", "03/12/2026"),)),
        administrations=(OXALIPLATIN, PUSH, MAGNESIUM),
        diagnoses=(
            Diagnosis(code="Z51.11", evidence=(words("code", "Adjuvant chemotherapy"),)),
            Diagnosis(code="C18.7", evidence=(words("code", "adenocarcinoma of the sigmoid colon"),)),
            Diagnosis(code="C34.90", status="negated", evidence=(words("code", "Diagnosis"),)),
        ),
    ),
    lines=LINES,
    gaps=(
        Gap(
            id="gap-1",
            kind="missing-stop-time",
            about="magnesium sulfate",
            severity="blocks",
            rule="G02",
            citation="CPT time rules",
            recipient="nurse",
            query="The infusion of magnesium sulfate began at 12:00. When did it end?",
            what_if=(
                WhatIf(
                    documentation="stop at or after 12:16",
                    changes=(CodeChange(sign="+", code="96367", units=1),),
                ),
            ),
            facts=("administrations/2",),
            evidence=(words("start", "1200  magnesium sulfate 2 g"),),
        ),
    ),
    findings=(Finding(id="finding-1", kind="candidate-codes", severity="info", message="J9190 is packaged."),),
    timeline=(
        Block(fact="administrations/0", start=at("09:40"), stop=at("10:20"), code="96413", lines=("line-1",)),
        Block(fact="administrations/0", start=at("10:20"), stop=at("10:30"), excluded="paused"),
        Block(fact="administrations/0", start=at("10:30"), stop=at("11:48"), code="96415", lines=()),
        Block(fact="administrations/1", start=at("11:52"), stop=at("11:56"), code="96411"),
    ),
    editions=(Edition(table="icd10cm", edition="FY2026", checksum="ab12"),),
)

WORDS = {"Z51.11": "Encounter for antineoplastic chemotherapy", "C18.7": "Malignant neoplasm of sigmoid colon"}


class ExampleCoder:
    """Gives back the example for every note, under that note's id and text length permitting."""

    def code_note(self, note: Note) -> Case:
        if note.text == TEXT:
            return CASE.model_copy(update={"note": note})
        return Case(
            note=note,
            setting=note.setting or "physician",
            setting_source="stated by the caller" if note.setting else "default",
            date_of_service=note.date_of_service,
            profile=note.payer or "default",
            facts=Facts(),
        )

    def code_facts(self, record: dict[str, Any]) -> Case:
        return CASE.model_copy(update={"note": Note(id=str(record.get("id", "facts")), text="")})

    def write(self, case: Case) -> dict[str, Any]:
        lines = [line.model_dump(mode="json") for line in case.lines]
        return {"id": case.note.id, "setting": case.setting, "lines": lines}

    def describe(self, code: str, on: date | None) -> str:
        return WORDS.get(code, "")

    def payers(self) -> tuple[str, ...]:
        return ("commercial", "medicare")

    def editions(self) -> tuple[Edition, ...]:
        return CASE.editions

    @property
    def terminology(self) -> Any:
        raise NotImplementedError("the example coder has no terminology")
