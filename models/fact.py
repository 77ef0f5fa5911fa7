"""What the note says: facts with their evidence. Names follow the gold schema; nothing here is a code for a claim yet
except diagnoses, which are read as ICD-10-CM codes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from models.note import Setting
from models.record import Amount, Record
from models.span import Evidence, Span

Route = str  # "IV", "SC", "IM", "PO", "intrathecal", "intravesical", ... as in the gold schema
Technique = Literal["infusion", "push", "injection", "pump-refill", "prolonged-infusion", "hydration", "oral", "other"]
AdministrationStatus = Literal["given", "held", "planned", "stopped-early", "refused"]
Container = Literal["single-dose", "multi-dose", "bulk"]
Category = Literal["chemo/complex", "therapeutic", "hydration", "flush", "declot", "oral"]
DiagnosisStatus = Literal["active", "history", "suspected", "negated", "family"]


class Fact(Record):
    """Base of all facts: evidence per attribute, empty only for structured input."""

    evidence: tuple[Evidence, ...] = ()

    def spans_of(self, *attributes: str) -> tuple[Span, ...]:
        """Spans of the named attributes (of all attributes when none is named), distinct, in note order."""
        found = {
            (span.start, span.end): span
            for item in self.evidence
            if not attributes or item.attribute in attributes
            for span in item.spans
        }
        return tuple(found[key] for key in sorted(found))


class Segment(Record):
    """One stretch of actual flow, or of a pause; ``stop`` is exclusive, minutes resolution."""

    start: datetime
    stop: datetime


class StatedCode(Record):
    """Code and billing unit that the caller states for a product no table knows (structured input only)."""

    code: str
    amount: Amount  # of ``unit`` in one billing unit
    unit: str


class Administration(Fact):
    """One charted administration of one drug (gold schema ``facts.administrations``) plus what the rules need.

    Doses are what reached the patient. ``minutes`` stands only where no clock times are known.
    """

    drug: str  # lower-case canonical ingredient
    written: str | None = None  # the drug as the note words it (brand, abbreviation), decides the product
    dose: Amount | None = None
    unit: str | None = None
    route: Route | None = None
    technique: Technique | None = None
    start: datetime | None = None
    stop: datetime | None = None
    site: str | None = None
    discarded: Amount | None = None
    discarded_unit: str | None = None
    ndc: str | None = None  # 11 digits
    status: AdministrationStatus = "given"

    # what stands around the dose
    container: Container | None = None
    containers: tuple[tuple[Amount, int], ...] = ()  # (amount in one container in `unit`, how many opened)
    container_unit: str | None = None
    waste_statement: Literal["stated", "blank", "silent"] = "silent"  # blank: an empty waste field in the note
    ordered_dose: Amount | None = None  # only where order and administration are both charted
    calculated_dose: Amount | None = None
    dose_basis: str | None = None  # "mg/m2", "mg/kg", "AUC": the dose is computed from a body measure
    dose_per_basis: Amount | None = None  # 175 of "175 mg/m2", 5 of "AUC 5"
    volume_ml: Amount | None = None
    rate_ml_h: Amount | None = None
    fully_infused: bool = False  # the note says that the bag ran dry / all infused
    purpose: str | None = None  # reason charted for a fluid ("dehydration", "nephroprotection", "KVO", ...)
    ordered: bool | None = None  # False: the note itself says no order was found
    owner: Literal["clinic", "patient", None] = None  # of a pump
    pump_hours: Amount | None = None
    stop_reason: str | None = None  # of stopped-early

    # relations and structured input (gold-schema.md "Structured input")
    minutes: Amount | None = None
    ordered_minutes: Amount | None = None
    segments: tuple[Segment, ...] = ()
    interruptions: tuple[Segment, ...] = ()
    category: Category | None = None
    hormonal: bool = False
    concurrent_with: str | None = None  # a drug name, or the index of another administration as text
    bag: str | None = None  # administrations with one bag label share one bag
    encounter: str | None = None  # two labels are two visits
    day: int | None = None
    discontinued: bool = False
    stated_code: StatedCode | None = None
    holes: tuple[str, ...] = ()  # gap kinds that the reader saw directly in the note


class Diagnosis(Fact):
    """One diagnosis as an ICD-10-CM code with its status. ``about`` is the gap subject (organ, disease, symptom)."""

    code: str  # dotted
    status: DiagnosisStatus = "active"
    text: str | None = None
    about: str | None = None
    treated: bool = False  # the note names it as the reason for today's service
    cause: str | None = None  # the stated cause ("antineoplastic", "malignancy", ...)
    holes: tuple[str, ...] = ()  # gap kinds seen while reading: "unspecified-laterality", ...


class Staging(Fact):
    system: str
    prefix: str | None = None
    t: str | None = None
    n: str | None = None
    m: str | None = None
    group: str | None = None
    holes: tuple[str, ...] = ()


class Pathology(Fact):
    site: str | None = None
    laterality: Literal["left", "right", "bilateral", None] = None
    histology: str | None = None
    grade: str | None = None
    margins: Literal["negative", "positive", "close", None] = None
    nodes_positive: int | None = None
    nodes_examined: int | None = None


class Biomarker(Fact):
    name: str
    result: Literal["positive", "negative", "equivocal", "low", "ultralow", "not-performed", "pending", None] = None
    method: str | None = None
    value: str | None = None


class GenomicTest(Fact):
    name: str
    status: Literal["ordered", "resulted", "pending", "failed", "discussed"]
    genes: tuple[str, ...] = ()
    result: str | None = None
    code: str | None = None


class Visit(Fact):
    """Header facts of the encounter. ``None`` everywhere means: the note is silent, which is not a gap."""

    date_of_service: date | None = None
    setting: Setting | None = None
    place_of_service: str | None = None  # two digits
    places_stated: tuple[str, ...] = ()  # every place of service the note names; two of them conflict
    payer: str | None = None
    payer_kind: Literal["medicare", "medicaid", "commercial", None] = None
    authorization: Literal["on-file", "missing", "not-required", None] = None
    authorization_number: str | None = None
    authorization_drug: str | None = None  # canonical drug the authorization statement is about
    signature: Literal["signed", "unsigned", None] = None
    ordering_provider: str | None = None
    rendering_provider: str | None = None
    rendering_provider_blank: bool = False  # an empty provider field
    supervision: Literal["present", "absent", None] = None
    order: Literal["documented", "missing", None] = None
    date_blank: bool = False  # an empty date-of-service field
    requires_ndc: bool = False  # the note says the payer wants the NDC
    weight_kg: Amount | None = None
    height_cm: Amount | None = None
    bsa_m2: Amount | None = None
    creatinine: Amount | None = None
    creatinine_clearance: Amount | None = None  # mL/min, or GFR where that is charted
    auc_target: Amount | None = None
    regimen: str | None = None
    cycle: str | None = None
    day: str | None = None
    intent: str | None = None
    purpose: str | None = None  # main reason of the visit ("hydration", "treatment", "transfusion", "port care", ...)
    em: str | None = None  # a separately documented evaluation and management service: the code, or "documented"
    holes: tuple[str, ...] = ()


class Procedure(Fact):
    """A service besides drugs that a line can stand on: thoracentesis, lumbar puncture, port flush, blood draw."""

    kind: str  # "lumbar-puncture", "thoracentesis", "port-flush", "blood-draw", "pump-disconnect", "declot", ...
    at: datetime | None = None
    site: str | None = None


class Facts(Record):
    """Everything read from one note."""

    visit: Visit = Visit()
    administrations: tuple[Administration, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    staging: tuple[Staging, ...] = ()
    pathology: tuple[Pathology, ...] = ()
    biomarkers: tuple[Biomarker, ...] = ()
    genomic_tests: tuple[GenomicTest, ...] = ()
    unknown_drugs: tuple[Evidence, ...] = ()  # charted doses of drugs that no table knows
