"""What the case page shows, gathered from the records; the templates only lay it out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from api.coder import Coder
from api.timeline import Chart, draw_timeline
from api.workbench.highlight import Piece, cut_note
from models.case import Case
from models.fact import Administration, Diagnosis
from models.finding import Finding
from models.gap import Gap
from models.line import Line

SETTINGS = {"physician": "Physician office", "facility": "Hospital outpatient"}
_LETTERS = "ABCDEFGHIJKL"  # a claim has room for twelve diagnoses, pointed at by letter


@dataclass(frozen=True)
class DiagnosisView:
    id: str
    letter: str  # empty where a line cannot point at it
    diagnosis: Diagnosis
    description: str


@dataclass(frozen=True)
class LineView:
    line: Line
    pointers: tuple[tuple[str, str], ...]  # letter or the code itself, and the code


@dataclass(frozen=True)
class GivenView:
    id: str
    given: Administration
    dose: str
    times: str
    waste: str


@dataclass(frozen=True)
class CaseView:
    """Everything on the page of one case."""

    case: Case
    case_id: str
    setting: str
    rows: list[list[Piece]]
    charts: tuple[Chart, ...]
    lines: tuple[LineView, ...]
    coded: tuple[DiagnosisView, ...]  # on the claim
    noted: tuple[DiagnosisView, ...]  # read, not coded: suspected, negated, family
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    given: tuple[GivenView, ...]
    blocking: int


def view_case(case: Case, case_id: str, coder: Coder) -> CaseView:
    coded: list[DiagnosisView] = []
    noted: list[DiagnosisView] = []
    for at, item in enumerate(case.facts.diagnoses):
        live = item.status in ("active", "history")
        letter = _LETTERS[len(coded)] if live and len(coded) < len(_LETTERS) else ""
        words = coder.describe(item.code, case.date_of_service)
        (coded if live else noted).append(DiagnosisView(f"diagnosis-{at}", letter, item, words))
    letters = {view.diagnosis.code: view.letter for view in reversed(coded)}
    severities = Counter(gap.severity for gap in case.gaps)
    return CaseView(
        case=case,
        case_id=case_id,
        setting=SETTINGS[case.setting],
        rows=cut_note(case),
        charts=draw_timeline(case),
        lines=tuple(
            LineView(line, tuple((letters.get(code) or code, code) for code in line.diagnoses)) for line in case.lines
        ),
        coded=tuple(coded),
        noted=tuple(noted),
        gaps=case.gaps,
        findings=case.findings,
        given=tuple(_view_given(at, item) for at, item in enumerate(case.facts.administrations)),
        blocking=severities["blocks"],
    )


def describe_fact(case: Case, reference: str) -> str:
    """Short words for a reference such as ``administrations/3``: the drug, code or name it stands for."""
    room, _, number = reference.partition("/")
    items = getattr(case.facts, room, ())
    if not (number.isdigit() and isinstance(items, tuple) and int(number) < len(items)):
        return reference
    item = items[int(number)]
    words = next((getattr(item, name) for name in ("drug", "code", "name", "kind", "site") if hasattr(item, name)), "")
    return str(words or reference)


def write_amount(amount: object, unit: str | None) -> str:
    """``154 mg``; empty when there is no amount. Decimals lose their idle zeros."""
    if amount is None:
        return ""
    number = f"{amount:,f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {unit}" if unit else number


def _view_given(at: int, item: Administration) -> GivenView:
    start = f"{item.start:%H:%M}" if item.start else ""
    stop = f"{item.stop:%H:%M}" if item.stop else ""
    if item.start and item.stop and item.stop.date() != item.start.date():
        stop += f" ({item.stop:%d %b})"
    times = f"{start or '?'} - {stop or '?'}" if (start and stop) or item.technique == "infusion" else start
    if not start and not stop:
        times = write_amount(item.minutes, "min")
    return GivenView(
        id=f"administration-{at}",
        given=item,
        dose=write_amount(item.dose, item.unit),
        times=times,
        waste=write_amount(item.discarded, item.discarded_unit or item.unit),
    )
